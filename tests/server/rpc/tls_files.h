// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_RPC_TLS_FILES_H_
#define SPIKED_TESTS_SERVER_RPC_TLS_FILES_H_

#include <string>

namespace spiked::testing {

// A folder with an authority and certificates that it has signed, made for one
// test by OpenSSL: ca.crt, and NAME.crt with NAME.key. Certificates are for
// "localhost" and 127.0.0.1.
class TlsFolder {
 public:
  TlsFolder();
  ~TlsFolder();

  std::string Path(const std::string& name) const { return path_ + "/" + name; }

  // Makes NAME.key and NAME.crt with this common name. The certificate is good
  // for any use, unless `usages` restricts it, e.g. to "serverAuth".
  void MakeCertificate(const std::string& name, const std::string& common_name,
                       const char* usages = nullptr);

  // Replaces the certificate and key of one name by those of another.
  void Replace(const std::string& old_name, const std::string& new_name);

 private:
  std::string path_;
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_TLS_FILES_H_
