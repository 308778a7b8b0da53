from __future__ import annotations

from r1cli.engine.explain import explain


def test_explain_names_each_key_that_differs():
    old = {
        "target": "a.B",
        "version": 1,
        "config": {"trainer": {"lr": 1e-4, "gone": 1}, "task": {"files": ["x"]}, "n": 1},
    }
    new = {
        "target": "a.B",
        "version": 2,
        "config": {"trainer": {"lr": 2e-4, "fresh": "y"}, "task": {"files": ["z"]}, "n": 1.0},
    }
    assert explain(old, new) == [
        "the stage's VERSION 1 -> 2",
        "trainer.lr: 1e-4 -> 2e-4",
        "trainer.gone: removed, was 1",
        "task: contents of a data file changed",
        "n: 1 -> 1.0",
        "trainer.fresh: added, 'y'",
    ]
    assert explain(old, old) == []


def test_long_values_are_cut_in_an_explanation():
    (line,) = explain({"config": {"template": "a" * 500}}, {"config": {"template": "b" * 500}})
    assert len(line) < 200


def test_an_input_that_changed_is_named_by_its_role():
    assert explain({"inputs": {"model": "1"}}, {"inputs": {"model": "2"}}) == ["inputs.model: changed upstream"]


def test_a_raised_version_of_a_component_is_named_with_both_versions():
    old = {"config": {"reward": {"terms": {"language": {"_target_": "a.Language"}}}}}
    new = {"config": {"reward": {"terms": {"language": {"_target_": "a.Language", "VERSION": 2}}}}}
    assert explain(old, new) == ["reward.terms.language: VERSION 1 -> 2"]
