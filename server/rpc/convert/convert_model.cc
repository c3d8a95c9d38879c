// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/convert.h"

namespace spiked {

void ToProto(const ModelInfo& info, v1::ModelKind kind, v1::Model* proto) {
  proto->set_kind(kind);
  proto->set_name(info.name);
  proto->set_summary(info.summary);
  proto->set_equations(info.equations);
  for (const ParameterInfo& parameter : info.parameters) {
    v1::ModelParameter* p = proto->add_parameters();
    p->set_name(parameter.name);
    p->set_unit(parameter.unit);
    p->set_description(parameter.description);
    p->set_default_value(parameter.default_value);
    p->set_min(parameter.min);
    p->set_max(parameter.max);
    p->set_min_exclusive(parameter.min_exclusive);
    p->set_is_shared(parameter.is_shared);
  }
  for (const VariableInfo& variable : info.variables) {
    v1::ModelVariable* v = proto->add_variables();
    v->set_name(variable.name);
    v->set_unit(variable.unit);
    v->set_description(variable.description);
    v->set_initial_value(variable.initial_value);
  }
  for (const ReceptorInfo& receptor : info.receptors) {
    v1::ModelReceptor* r = proto->add_receptors();
    r->set_name(receptor.name);
    r->set_unit(receptor.unit);
    r->set_description(receptor.description);
    r->set_weight_min(receptor.weight_min);
    r->set_weight_max(receptor.weight_max);
  }
  for (const SchemeInfo& scheme : info.schemes) {
    v1::ModelScheme* s = proto->add_schemes();
    s->set_name(scheme.name);
    s->set_description(scheme.description);
  }
  for (const CellClassInfo& cell_class : info.cell_classes) {
    v1::CellClass* c = proto->add_cell_classes();
    c->set_name(cell_class.name);
    c->set_description(cell_class.description);
    for (const auto& [name, value] : cell_class.parameters) {
      (*c->mutable_parameters())[name] = value;
    }
  }
}

}  // namespace spiked
