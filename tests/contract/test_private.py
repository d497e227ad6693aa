"""What TensorFlow and TFP do not publish is there, and does what the runtime stands on."""

import inspect
import threading
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.util import deprecation

from tfp_trainables_runtime import private
from tfp_trainables_runtime.formulations import reformulated

tfd = tfp.distributions
tfb = tfp.bijectors


def test_composite_tensors_are_what_nests_are_made_of():
    assert issubclass(tfd.Normal, private.CompositeTensor)
    assert not issubclass(tfb.Glow, private.CompositeTensor)
    variable = tf.Variable(1.0)
    _, found = tf.nest.flatten(tfd.Normal(0.0, variable), expand_composites=True)
    assert found is variable


def test_a_variable_of_one_handle_goes_into_a_program():
    variable = tf.Variable(1.0)
    assert isinstance(variable, private.ResourceVariable)
    program = tf.function(lambda it: it + 1.0).get_concrete_function(variable)
    assert program(variable).numpy() == 2


def test_what_is_not_recorded_is_watched_by_no_tape():
    variable = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        with private.stop_recording():
            unseen = variable * 3.0
        assert not tape.watched_variables()
        seen = variable * unseen
    assert tape.gradient(seen, variable) == 6.0


def test_nested_values_are_converted_by_the_dtypes_of_their_parts():
    values = private.convert_to_nested_tensor(
        [1, [2.0, 3.0]], dtype_hint=[tf.float64, tf.float32], allow_packing=True
    )
    assert [value.dtype for value in values] == [tf.float64, tf.float32]
    assert values[1].shape == [2]


def test_seeds_are_folded():
    seeds = [private.fold_in((1, 2), tf.constant(index)) for index in (0, 1, 0)]
    assert all(seed.shape == [2] for seed in seeds)
    np.testing.assert_array_equal(seeds[0], seeds[2])
    assert not np.array_equal(seeds[0], seeds[1])


def test_whether_an_xla_program_is_under_construction():
    seen = []

    def look():
        seen.append(bool(private.is_xla()))
        return tf.constant(1.0)

    look()
    tf.function(look, autograph=False)()
    tf.function(look, autograph=False, jit_compile=True)()
    assert seen == [False, False, True]


def test_named_tuples_of_initial_values():
    made = private.structtuple(["loc", "scale"])(1.0, 2.0)
    assert (made._fields, made.scale) == (("loc", "scale"), 2.0)
    init_fn, _ = tfp.experimental.util.make_trainable_stateless(tfd.Normal)
    assert type(init_fn(seed=(1, 2))).__name__ == type(made).__name__


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (tfd.Normal(0.5, 1), "loc"),
        (tfd.Beta(0.5, 2.0), "concentration0"),
        (tfb.Shift(0.5), "shift"),
        (tfp.math.psd_kernels.Linear(0.5), "bias_amplitude"),
    ],
)
def test_constructors_keep_what_they_have_converted(owner, name):
    kept = private.converted_parameter(owner, name)
    assert tf.is_tensor(kept)
    np.testing.assert_array_equal(kept, getattr(owner, name))
    assert private.converted_parameter(owner, "nothing") is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: tfd.Normal(0.0, tf.Variable([1.0])),
        lambda: tfb.Shift(tf.Variable([1.0])),
        lambda: tfp.math.psd_kernels.Linear(tf.Variable([1.0])),
        lambda: tfd.TransformedDistribution(tfd.Normal(0.0, tf.Variable(1.0)), tfb.Exp()),
    ],
)
def test_what_is_set_later_is_known(make):
    used, new = make(), make()
    for name in ("batch_shape", "parameters", "event_shape", "name", "dtype"):
        getattr(used, name, None)
    used.tracked = tf.Variable(1.0)
    later = {name for name in vars(used) if name not in vars(new)}
    assert {name for name in later if not private.is_set_later(name)} == {"tracked"}


def test_estimates():
    found = private.maximum_likelihood_parameters(tfd.Normal, tf.constant([1.0, 3.0]))
    assert {name: float(value) for name, value in found.items()} == {"loc": 2.0, "scale": 1.0}


def test_a_record_of_parameters_is_a_plain_dict():
    normal = tfd.Normal(0.0, 1.0)
    normal.wrapped = {"loc": 0.0}
    private.record_parameters(normal, {"loc": 0.0, "scale": 2.0})
    assert normal.parameters == {"loc": 0.0, "scale": 2.0}
    assert type(normal.wrapped) is not dict, "TensorFlow tracks what is set"
    assert type(normal._parameters) is dict


@pytest.mark.parametrize("make", [tfb.Exp, lambda: tfd.Normal(0.0, 1.0)])
def test_names(make):
    owner = make()
    private.set_name(owner, "other")
    assert owner.name == "other"


def test_type_specs():
    variable, tensor = tf.Variable(1.0), tf.constant([1.0])
    assert private.type_spec_of(variable).shape == ()
    assert private.type_spec_of(tensor) == tf.TensorSpec([1], tf.float32)
    assert private.type_spec_of(tfd.Normal(0.0, variable)).value_type is tfd.Normal
    flow = tfb.RealNVP(num_masked=1, shift_and_log_scale_fn=tf.identity)
    assert private.type_spec_of(flow) is None


def test_what_metaclasses_do_is_undone():
    class Subclass(tfd.Normal):
        def __init__(self):
            super().__init__(0.0, 1.0)

    wrapped = Subclass.__init__
    assert wrapped.__wrapped__.__qualname__.endswith("Subclass.__init__")
    private.take_over_class(Subclass, lambda self: "a type spec", is_generated=True)
    assert not hasattr(Subclass.__init__, "__wrapped__")
    assert "_parameter_properties" not in vars(Subclass)
    assert Subclass()._type_spec == "a type spec"
    assert Subclass.parameter_properties().keys() == tfd.Normal.parameter_properties().keys()


def test_transformed_distributions_have_a_base_that_is_no_composite_tensor():
    base = private.PlainTransformedDistribution
    assert issubclass(tfd.TransformedDistribution, base)
    assert not issubclass(base, private.CompositeTensor)
    part = tfb.RealNVP(num_masked=1, shift_and_log_scale_fn=tf.identity)
    assert type(tfd.TransformedDistribution(tfd.Sample(tfd.Normal(0.0, 1.0), 2), part)) is base


def test_deferred_tensors_are_read_by_one_hook():
    """`ConstrainedTensor` overrides it."""
    hook = tfp.util.DeferredTensor._value
    assert list(inspect.signature(hook).parameters) == ["self", "dtype", "name", "as_ref"]

    class Doubled(tfp.util.DeferredTensor):
        def _value(self, dtype=None, name=None, as_ref=False):
            return 2 * super()._value(dtype, name, as_ref)

    doubled = Doubled(tf.Variable(3.0), tf.identity)
    assert tf.convert_to_tensor(doubled) == 6
    assert (doubled + 1.0) == 7


def test_which_densities_are_over_surfaces():
    for over in (tfd.Dirichlet, tfd.VonMisesFisher, tfd.PowerSpherical, tfd.SphericalUniform):
        assert private.is_over_surface(over)
    assert private.is_over_surface(tfd.Dirichlet([1.0, 2.0]))
    assert not private.is_over_surface(tfd.Normal)


def test_checkpoints_name_the_dynamic_objects_variables():
    dynamic = tfp.experimental.util.make_trainable(tfd.Normal)
    found = dynamic._lookup_dependency(private.OF_DYNAMIC_OBJECTS)
    assert len(found) == 2


def test_nothing_is_deprecated_while_an_object_is_made_again():
    def is_said():
        return deprecation._PRINT_DEPRECATION_WARNINGS

    def fail():
        with private.rebuilding():
            with private.rebuilding():
                assert not is_said()
            assert not is_said()
            raise KeyError

    assert is_said()
    with pytest.raises(KeyError):
        fail()
    assert is_said()


def test_threads_that_make_objects_again_may_overlap():
    entered, may_leave = threading.Event(), threading.Event()

    def stay():
        with private.rebuilding():
            entered.set()
            may_leave.wait()

    with private.rebuilding():
        thread = threading.Thread(target=stay)
        thread.start()
        entered.wait()
    assert not deprecation._PRINT_DEPRECATION_WARNINGS
    may_leave.set()
    thread.join()
    assert deprecation._PRINT_DEPRECATION_WARNINGS


def test_variables_are_found_where_a_type_spec_fails():
    variable = tf.Variable(1.0)
    parts = [tfd.Normal(np.float64(0), np.float64(1)), tfd.Normal(variable, 1.0)]
    model = tfd.Blockwise(parts, dtype_override=tf.float32)
    with pytest.raises(ValueError, match="Error processing property"):
        model.variables  # noqa: B018
    assert any(it is variable for it in private.variables_of(model))


HOOKS = {"_sample_n", "_prob", "_cdf", "_mode", "_entropy"}


def test_hooks_that_are_overridden_are_those_of_tfp():
    for plain, other in reformulated.IN_XLA.items():
        if not inspect.isclass(other) or plain in reformulated.IN_GRAPHS_OVER_SURFACES:
            continue
        overridden = HOOKS & set(vars(other))
        assert overridden, plain
        for name in overridden:
            hook = getattr(plain, name)
            assert hook is not getattr(tfd.Distribution, name, None), (plain, name)
            ours, theirs = (
                list(inspect.signature(it).parameters) for it in (vars(other)[name], hook)
            )
            assert ours[: len(theirs)] == theirs[: len(ours)], (plain, name)


def test_private_names_are_used_through_this_module_alone():
    root = Path(private.__file__).parent
    for path in root.rglob("*.py"):
        text = path.read_text()
        assert path.name == "private.py" or "python.internal" not in text, path
        assert path.name == "private.py" or "__internal__" not in text, path
