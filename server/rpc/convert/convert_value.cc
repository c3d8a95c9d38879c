// SPDX-License-Identifier: Apache-2.0

#include "absl/strings/str_cat.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/enums.h"

namespace spiked {
namespace {

Uniform ToUniform(const v1::Uniform& uniform) {
  return {uniform.low(), uniform.high()};
}

DiscreteUniform ToDiscreteUniform(const v1::DiscreteUniform& uniform) {
  return {uniform.low(), uniform.high(),
          uniform.spacing() == 0 ? 1 : uniform.spacing()};
}

// Copies the bounds of a normal or lognormal distribution.
template <class Proto, class Distribution>
void SetBounds(const Proto& proto, const std::string& path,
               Violations* violations, Distribution* distribution) {
  if (proto.has_min()) distribution->min = proto.min();
  if (proto.has_max()) distribution->max = proto.max();
  CheckEnum(proto.out_of_bounds(), path + ".out_of_bounds", violations);
  if (proto.out_of_bounds() == v1::CLIP) {
    distribution->out_of_bounds = OutOfBounds::kClip;
  }
}

Normal ToNormal(const v1::Normal& proto, const std::string& path,
                Violations* violations) {
  Normal normal;
  normal.mean = proto.mean();
  normal.std = proto.std();
  SetBounds(proto, path, violations, &normal);
  return normal;
}

Lognormal ToLognormal(const v1::Lognormal& proto, const std::string& path,
                      Violations* violations) {
  Lognormal lognormal;
  lognormal.log_mean = proto.log_mean();
  lognormal.log_std = proto.log_std();
  SetBounds(proto, path, violations, &lognormal);
  return lognormal;
}

ByDistance ToByDistance(const v1::ByDistance& proto) {
  ByDistance value;
  value.offset = proto.offset();
  switch (proto.shape_case()) {
    case v1::ByDistance::kLinear:
      value.shape = LinearOfDistance{proto.linear().slope_per_mm()};
      break;
    case v1::ByDistance::kGaussian:
      value.shape = GaussianOfDistance{proto.gaussian().amplitude(),
                                       proto.gaussian().std_mm()};
      break;
    case v1::ByDistance::kExponential:
      value.shape = ExponentialOfDistance{proto.exponential().amplitude(),
                                          proto.exponential().decay_mm()};
      break;
    case v1::ByDistance::SHAPE_NOT_SET:
      break;
  }
  if (proto.has_min()) value.min = proto.min();
  if (proto.has_max()) value.max = proto.max();
  return value;
}

SimpleValue ToSimpleValue(const v1::Value& value, const std::string& path,
                          Violations* violations) {
  switch (value.kind_case()) {
    case v1::Value::kConstant:
      return value.constant();
    case v1::Value::kUniform:
      return ToUniform(value.uniform());
    case v1::Value::kDiscreteUniform:
      return ToDiscreteUniform(value.discrete_uniform());
    case v1::Value::kNormal:
      return ToNormal(value.normal(), path + ".normal", violations);
    case v1::Value::kLognormal:
      return ToLognormal(value.lognormal(), path + ".lognormal", violations);
    case v1::Value::kList:
    case v1::Value::kMixture:
    case v1::Value::kByDistance:
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return std::monostate();
}

Mixture ToMixture(const v1::Mixture& proto, const std::string& path,
                  Violations* violations) {
  Mixture mixture;
  for (const v1::MixtureComponent& component : proto.components()) {
    const std::string at = absl::StrCat(path, ".components[",
                                        mixture.components.size(), "].value");
    mixture.components.push_back(
        {component.probability(),
         ToSimpleValue(component.value(), at, violations)});
  }
  return mixture;
}

}  // namespace

Value ToValue(const v1::Value& value, const std::string& path,
              Violations* violations) {
  switch (value.kind_case()) {
    case v1::Value::kList:
      return std::vector<double>(value.list().values().begin(),
                                 value.list().values().end());
    case v1::Value::kMixture:
      return ToMixture(value.mixture(), path + ".mixture", violations);
    case v1::Value::kByDistance:
      return ToByDistance(value.by_distance());
    case v1::Value::kConstant:
    case v1::Value::kUniform:
    case v1::Value::kDiscreteUniform:
    case v1::Value::kNormal:
    case v1::Value::kLognormal:
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return std::visit([](const auto& simple) -> Value { return simple; },
                    ToSimpleValue(value, path, violations));
}

}  // namespace spiked
