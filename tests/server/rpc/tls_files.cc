// SPDX-License-Identifier: Apache-2.0

#include "tests/server/rpc/tls_files.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace spiked::testing {
namespace {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;

Key MakeKey() { return Key(EVP_EC_gen("P-256")); }

void AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  ASSERT_NE(extension, nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Makes an unsigned certificate, valid for a day, beginning an hour ago.
Certificate MakeUnsigned(const std::string& common_name, EVP_PKEY* key) {
  static std::atomic<int> serial{1};
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return certificate;
}

using File = std::unique_ptr<FILE, Deleter<fclose>>;

void WriteKey(const std::string& path, EVP_PKEY* key) {
  const File file(fopen(path.c_str(), "w"));
  PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

void WriteCertificate(const std::string& path, X509* certificate) {
  const File file(fopen(path.c_str(), "w"));
  PEM_write_X509(file.get(), certificate);
}

}  // namespace

TlsFolder::TlsFolder() {
  path_ = ::testing::TempDir() + "/spiked-tls-XXXXXX";
  EXPECT_NE(mkdtemp(path_.data()), nullptr);
  const Key key = MakeKey();
  const Certificate ca = MakeUnsigned("authority", key.get());
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  AddExtension(ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca.get(), key.get(), EVP_sha256());
  WriteKey(Path("ca.key"), key.get());
  WriteCertificate(Path("ca.crt"), ca.get());
}

TlsFolder::~TlsFolder() { std::filesystem::remove_all(path_); }

void TlsFolder::MakeCertificate(const std::string& name,
                                const std::string& common_name,
                                const char* usages) {
  const File key_file(fopen(Path("ca.key").c_str(), "r"));
  const Key ca_key(
      PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr));
  const File ca_file(fopen(Path("ca.crt").c_str(), "r"));
  const Certificate ca(PEM_read_X509(ca_file.get(), nullptr, nullptr, nullptr));
  const Key key = MakeKey();
  const Certificate certificate = MakeUnsigned(common_name, key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.get()));
  AddExtension(certificate.get(), NID_subject_alt_name,
               "DNS:localhost,IP:127.0.0.1");
  if (usages != nullptr) {
    AddExtension(certificate.get(), NID_ext_key_usage, usages);
  }
  X509_sign(certificate.get(), ca_key.get(), EVP_sha256());
  WriteKey(Path(name + ".key"), key.get());
  WriteCertificate(Path(name + ".crt"), certificate.get());
}

void TlsFolder::Replace(const std::string& old_name,
                        const std::string& new_name) {
  for (const char* suffix : {".key", ".crt"}) {
    std::filesystem::rename(Path(new_name + suffix), Path(old_name + suffix));
  }
}

}  // namespace spiked::testing
