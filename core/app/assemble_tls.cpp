#include "app/assemble_tls.hpp"

#include <utility>

#include "app/secret.hpp"
#include "base/clock.hpp"
#include "config/file.hpp"

namespace fanfare::app {
namespace {

constexpr std::size_t kMaxPem = 1u << 20;

class TlsAssembler {
public:
    TlsAssembler(const config::Tls& written, std::vector<config::Diagnostic>& diagnostics)
        : written_(written), diagnostics_(diagnostics) {}

    std::shared_ptr<const http::Tls> Run() {
        if (IsWorldReadable(written_.key_file))
            Report("everyone may read the key " + written_.key_file, "chmod o-r " + written_.key_file);
        http::TlsParts parts;
        parts.certificate = Read("certificate", written_.cert_file);
        parts.key = base::Secret(Read("key", written_.key_file));
        if (!written_.client_ca_file.empty())
            parts.client_authorities = Read("authorities of client certificates", written_.client_ca_file);
        if (!ok_) return nullptr;
        auto tls = http::Tls::Make(parts);
        if (!tls) {
            Report(tls.error().message, "see " + written_.cert_file + ", " + written_.key_file +
                                            (written_.client_ca_file.empty() ? "" : ", " + written_.client_ca_file));
            return nullptr;
        }
        LookAtExpiry((*tls)->expires());
        return *std::move(tls);
    }

private:
    std::string Read(const std::string& what, const std::string& path) {
        auto text = config::ReadFile(path, kMaxPem);
        if (!text) {
            Report("cannot read the " + what + " " + path + ": " + text.error().message,
                   "the user that runs fanfare must be able to read it");
            return {};
        }
        // No part at all would mean that nobody is asked for a certificate.
        if (text->empty()) Report("the " + what + " " + path + " is empty", "write PEM into it");
        return *std::move(text);
    }

    void LookAtExpiry(std::chrono::system_clock::time_point expires) {
        if (expires > std::chrono::system_clock::now()) return;
        config::Diagnostic warning =
            config::At(written_.where,
                       "the certificate " + written_.cert_file + " expired at " +
                           base::FormatTime(std::chrono::time_point_cast<base::Time::duration>(expires)),
                       "renew it and run 'fanfare reload': until then clients refuse to connect");
        warning.severity = config::Severity::kWarning;
        diagnostics_.push_back(std::move(warning));
    }

    void Report(std::string message, std::string hint) {
        ok_ = false;
        diagnostics_.push_back(config::At(written_.where, std::move(message), std::move(hint)));
    }

    const config::Tls& written_;
    std::vector<config::Diagnostic>& diagnostics_;
    bool ok_ = true;
};

}  // namespace

std::shared_ptr<const http::Tls> AssembleTls(const std::optional<config::Tls>& written,
                                             std::vector<config::Diagnostic>& diagnostics) {
    return written ? TlsAssembler(*written, diagnostics).Run() : nullptr;
}

}  // namespace fanfare::app
