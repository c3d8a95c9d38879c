// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert.h"

namespace spiked {
namespace {

Uniform ToUniform(const v1::Uniform& uniform) {
  return {uniform.low(), uniform.high()};
}

DiscreteUniform ToDiscreteUniform(const v1::DiscreteUniform& uniform) {
  return {uniform.low(), uniform.high(),
          uniform.spacing() == 0 ? 1 : uniform.spacing()};
}

Normal ToNormal(const v1::Normal& proto) {
  Normal normal;
  normal.mean = proto.mean();
  normal.std = proto.std();
  if (proto.has_min()) normal.min = proto.min();
  if (proto.has_max()) normal.max = proto.max();
  return normal;
}

SimpleValue ToSimpleValue(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kConstant:
      return value.constant();
    case v1::Value::kUniform:
      return ToUniform(value.uniform());
    case v1::Value::kDiscreteUniform:
      return ToDiscreteUniform(value.discrete_uniform());
    case v1::Value::kNormal:
      return ToNormal(value.normal());
    case v1::Value::kList:
    case v1::Value::kMixture:
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return std::monostate();
}

Mixture ToMixture(const v1::Mixture& proto) {
  Mixture mixture;
  for (const v1::MixtureComponent& component : proto.components()) {
    mixture.components.push_back(
        {component.probability(), ToSimpleValue(component.value())});
  }
  return mixture;
}

}  // namespace

Value ToValue(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kList:
      return std::vector<double>(value.list().values().begin(),
                                 value.list().values().end());
    case v1::Value::kMixture:
      return ToMixture(value.mixture());
    case v1::Value::kConstant:
    case v1::Value::kUniform:
    case v1::Value::kDiscreteUniform:
    case v1::Value::kNormal:
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return std::visit([](const auto& simple) -> Value { return simple; },
                    ToSimpleValue(value));
}

}  // namespace spiked
