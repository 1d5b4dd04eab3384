#include "app/assemble_http.hpp"

#include <algorithm>
#include <utility>

#include "app/secret.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "config/file.hpp"

namespace fanfare::app {
namespace {

constexpr std::size_t kMaxCertificates = 1u << 20;

class HttpAssembler {
public:
    HttpAssembler(const config::Http& written, std::vector<config::Diagnostic>& diagnostics)
        : written_(written), diagnostics_(diagnostics), settings_(std::make_shared<http_client::Settings>()) {}

    std::optional<AssembledHttp> Run() {
        settings_->minimum_tls = written_.minimum_tls;
        settings_->http_version = written_.http_version;
        settings_->connect_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(written_.connect_timeout);
        settings_->max_connections = written_.max_connections;
        settings_->policy = written_.policy;
        TakeProxies();
        TakeTrust();
        TakeCertificate();
        TakeAuthorization();
        if (!ok_) return std::nullopt;
        out_.fingerprint["written"] = written_.text;
        out_.settings = std::move(settings_);
        return std::move(out_);
    }

private:
    void TakeProxies() {
        settings_->proxies = written_.proxies;
        const auto password = Resolve(written_.proxy_password);
        for (auto* proxy : {&settings_->proxies.http, &settings_->proxies.https}) {
            if (!*proxy) continue;
            if (password) (*proxy)->password = *password;
            // One from the environment brings its own.
            if (!(*proxy)->password.empty()) Hide((*proxy)->password);
        }
    }

    void TakeTrust() {
        base::Result<http_client::Trust> trust = http_client::Trust::Load(written_.ca_file);
        if (!trust) return Report("ca_file", trust.error().message);
        out_.fingerprint["ca"] = base::EncodeHex(trust->digest());
        settings_->trust = *std::move(trust);
    }

    void TakeCertificate() {
        if (written_.client_certificate.empty()) return;
        http_client::ClientCertificate& certificate = settings_->certificate;
        auto chain = config::ReadFile(written_.client_certificate, kMaxCertificates);
        if (!chain)
            return Report("client_certificate", "cannot read the client certificate " + written_.client_certificate +
                                                    ": " + chain.error().message);
        certificate.chain = *std::move(chain);
        certificate.key = base::Secret(certificate.chain);
        if (written_.client_key) {
            const auto key = Resolve(written_.client_key);
            if (!key) return;
            certificate.key = *key;
        }
        if (const auto password = Resolve(written_.client_key_password)) certificate.password = *password;
        out_.fingerprint["certificate"] = base::EncodeHex(base::BytesOf(base::Sha256(certificate.chain)));
        if (const base::Status good = certificate.Check(); !good && ok_)
            Report("client_certificate", good.error().message);
    }

    void TakeAuthorization() {
        if (!written_.auth) return;
        const auto secret = Resolve(written_.auth->secret);
        if (!secret) return;
        http_client::Authorization& authorization = settings_->authorization;
        switch (written_.auth->kind) {
            case config::HttpAuth::Kind::kBasic:
                authorization.header =
                    base::Secret("Basic " + base::EncodeBase64(written_.auth->user + ":" + secret->Reveal()));
                break;
            case config::HttpAuth::Kind::kBearer:
                authorization.header = base::Secret("Bearer " + secret->Reveal());
                break;
            case config::HttpAuth::Kind::kOAuth2:
                authorization.oauth2 = written_.auth->oauth2;
                authorization.oauth2->client_secret = *secret;
                return;
        }
        const std::string& header = authorization.header.Reveal();
        if (std::any_of(header.begin(), header.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
            return Report("auth", "the secret of 'auth' has a line break or control character in it");
        Hide(base::Secret(header.substr(header.find(' ') + 1)));
    }

    std::optional<base::Secret> Resolve(const std::optional<config::WrittenSecret>& written) {
        if (!written) return std::nullopt;
        auto secret = TakeSecret(written->value, written->where, diagnostics_);
        if (!secret) {
            ok_ = false;
            return std::nullopt;
        }
        Hide(*secret);
        return secret;
    }

    void Hide(const base::Secret& secret) {
        log::Mask(secret.Reveal());
        out_.fingerprint["secrets"].push_back(base::EncodeHex(secret.Reveal()));
        out_.secrets.push_back(secret);
    }

    void Report(const char* key, std::string message) {
        ok_ = false;
        const auto at = written_.positions.find(key);
        diagnostics_.push_back(
            config::At(at == written_.positions.end() ? written_.positions.at("") : at->second, std::move(message)));
    }

    const config::Http& written_;
    std::vector<config::Diagnostic>& diagnostics_;
    std::shared_ptr<http_client::Settings> settings_;
    AssembledHttp out_;
    bool ok_ = true;
};

}  // namespace

std::optional<AssembledHttp> AssembleHttp(const std::optional<config::Http>& written,
                                          std::vector<config::Diagnostic>& diagnostics) {
    if (!written) return AssembledHttp{};
    return HttpAssembler(*written, diagnostics).Run();
}

}  // namespace fanfare::app
