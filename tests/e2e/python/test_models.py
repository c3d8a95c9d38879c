# SPDX-License-Identifier: Apache-2.0
"""The reference of models, as a server of today describes them."""

import pytest

from spiked.models import reference_page


@pytest.fixture
def models(client):
    return client.models


def test_every_model_is_described(models, client):
    assert len(models) == len(client.list_models())  # names are unique
    for model in models.values():
        assert model.summary.endswith("."), model.name
        assert model.equations.endswith("."), model.name
        things = [*model.parameters.values(), *model.variables.values()]
        things += [*model.receptors.values(), *model.schemes.values()]
        for thing in things:
            assert thing.description.endswith("."), (model.name, thing.name)
        if model.kind == "neuron":
            assert model.receptors, model.name


def test_a_model_has_its_parts_by_name(models):
    adex = models["adex"]
    assert adex.kind == "neuron"
    assert adex.parameters["c_m_pf"].unit == "pF"
    assert list(adex.receptors) == ["excitatory", "inhibitory", "current"]
    assert list(adex.schemes) == ["splitting", "euler"]
    assert adex.sources == ["10.1152/jn.00686.2005"]
    assert "NEST's aeif_cond_exp" in adex.equations
    with pytest.raises(KeyError, match="did you mean 'adex'"):
        models["adx"]
    with pytest.raises(KeyError, match="c_m_pf"):
        adex.parameters["c_m"]


def test_views_have_all_of_a_model(models):
    for model in models.values():
        for view in (repr(model), model._repr_html_()):
            names = [*model.parameters, *model.variables, *model.receptors]
            for name in [*names, *model.schemes, *model.cell_classes]:
                assert name in view
    assert 'href="https://doi.org/10.1152/jn.00686.2005"' in (
        models["adex"]._repr_html_()
    )


def test_the_page_has_every_model_once(models):
    page = reference_page(models, "1.2.3")
    for name in models:
        assert page.count(f'id="{name}"') == 1
    assert "1.2.3" in page
