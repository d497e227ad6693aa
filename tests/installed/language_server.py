"""A minimal client of pyright's language server: what VS Code asks it for."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


class LanguageServer:
    """Pyright over standard input and output, for one workspace folder."""

    def __init__(self, workspace: Path, search_path: list[Path]) -> None:
        self.workspace = workspace
        settings = {"extraPaths": [str(path) for path in search_path]}
        (workspace / "pyrightconfig.json").write_text(json.dumps(settings))
        launcher = "from pyright.langserver import main; main('--stdio')"
        self.process = subprocess.Popen(
            [sys.executable, "-c", launcher],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=workspace,
            env={**os.environ, "PYRIGHT_PYTHON_PYLANCE_VERSION": ""},
        )
        self.identifier = 0
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": workspace.as_uri(),
                "workspaceFolders": [{"uri": workspace.as_uri(), "name": "workspace"}],
                "capabilities": {"workspace": {"configuration": True}},
            },
        )
        self.notify("initialized", {})

    def __enter__(self) -> "LanguageServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def complete(self, text: str) -> set[str]:
        """Returns the labels that are offered at the end of the text."""
        uri = (self.workspace / "program.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        lines = text.split("\n")
        answer = self.request(
            "textDocument/completion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": len(lines) - 1, "character": len(lines[-1])},
            },
        )
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        return {item["label"] for item in (answer or {}).get("items", [])}

    def notify(self, method: str, parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def request(self, method: str, parameters: Any) -> Any:
        self.identifier += 1
        self._send({"id": self.identifier, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("id") == self.identifier and "method" not in message:
                return message.get("result")
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": self._answer(message)})

    @staticmethod
    def _answer(message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        settings = {"pythonPath": sys.executable, "analysis": {}}
        return [
            settings if item.get("section") == "python" else {}
            for item in message["params"]["items"]
        ]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self.process.stdin
        stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        stream.flush()

    def _receive(self) -> dict[str, Any]:
        stream = self.process.stdout
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(stream.read(length))
