#include "access.hpp"

#include <algorithm>
#include <optional>

#include <fanfare/base64.hpp>
#include <fanfare/text.hpp>
#include <fanfare/url.hpp>

namespace fanfare::plugins::azure {

namespace {

// Not secret: every emulator has this account and this key (learn.microsoft.com, "Use the Azurite emulator").
constexpr std::string_view kEmulatorAccount = "devstoreaccount1";
constexpr std::string_view kEmulatorKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
constexpr std::string_view kEmulatorEndpoint = "http://127.0.0.1:10001/devstoreaccount1";

// The value of one setting, "Name=value;"; names are compared without case. Values hold '=' but no ';'.
std::string_view Setting(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const std::string_view setting = text.substr(0, text.find(';'));
        text.remove_prefix(setting.size() < text.size() ? setting.size() + 1 : setting.size());
        const std::size_t equals = setting.find('=');
        if (equals != std::string_view::npos && equal_ignoring_case(setting.substr(0, equals), name)) {
            return setting.substr(equals + 1);
        }
    }
    return {};
}

void SetKey(Access& access, std::string_view key, std::string_view option) {
    std::optional<std::string> bytes = parse_base64(key);
    if (!bytes || bytes->empty()) {
        throw ConfigError(std::string(option) + " is no key in base64: copy it again from the account's access keys");
    }
    access.key = std::move(*bytes);
}

void SetSas(Access& access, std::string_view sas, std::string_view option) {
    if (sas.substr(0, 1) == "?") sas.remove_prefix(1);
    const bool has_signature = sas.substr(0, 4) == "sig=" || sas.find("&sig=") != std::string_view::npos;
    if (!has_signature) {
        throw ConfigError(std::string(option) + " is no shared access signature: it has no 'sig=...' in it");
    }
    const bool clean = std::all_of(sas.begin(), sas.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
    if (!clean)
        throw ConfigError(std::string(option) + " is no query: copy the SAS token, percent-encoded as it is shown");
    access.sas = sas;
}

Access OfConnectionString(std::string_view text) {
    Access access;
    if (equal_ignoring_case(Setting(text, "UseDevelopmentStorage"), "true")) {
        access.account = kEmulatorAccount;
        access.endpoint = kEmulatorEndpoint;
        SetKey(access, kEmulatorKey, "connection_string");
        return access;
    }
    access.account = Setting(text, "AccountName");
    const std::string_view endpoint = Setting(text, "QueueEndpoint");
    if (!endpoint.empty()) {
        access.endpoint = base_url(endpoint, "connection_string: QueueEndpoint");
    } else if (!access.account.empty()) {
        const std::string_view scheme = Setting(text, "DefaultEndpointsProtocol");
        const std::string_view suffix = Setting(text, "EndpointSuffix");
        access.endpoint.append(scheme.empty() ? "https" : scheme).append("://").append(access.account);
        access.endpoint.append(".queue.").append(suffix.empty() ? "core.windows.net" : suffix);
        access.endpoint = base_url(access.endpoint, "connection_string: the address it gives");
    } else {
        throw ConfigError("connection_string has neither AccountName nor QueueEndpoint: copy the whole of it");
    }
    const std::string_view key = Setting(text, "AccountKey");
    if (key.empty()) {
        SetSas(access, Setting(text, "SharedAccessSignature"), "connection_string");
        return access;
    }
    if (access.account.empty()) throw ConfigError("connection_string has AccountKey but no AccountName: add it");
    SetKey(access, key, "connection_string: AccountKey");
    return access;
}

Access OfParts(const Config& config, const std::optional<Secret>& key, const std::optional<Secret>& sas) {
    Access access;
    access.account = config.str("/account", "");
    const std::string endpoint = config.str("/endpoint", "");
    if (access.account.empty() && (key || endpoint.empty())) {
        throw ConfigError("account is missing: name the storage account");
    }
    access.endpoint =
        endpoint.empty() ? "https://" + access.account + ".queue.core.windows.net" : base_url(endpoint, "endpoint");
    if (key) {
        SetKey(access, key->reveal(), "key");
    } else {
        SetSas(access, sas->reveal(), "sas");
    }
    return access;
}

}  // namespace

Access ReadAccess(const Config& config) {
    const std::optional<Secret> whole = config.find_secret("/connection_string");
    const std::optional<Secret> key = config.find_secret("/key");
    const std::optional<Secret> sas = config.find_secret("/sas");
    if ((whole ? 1 : 0) + (key ? 1 : 0) + (sas ? 1 : 0) != 1) {
        throw ConfigError("set exactly one of connection_string, key and sas: by it the account is used");
    }
    if (!whole) return OfParts(config, key, sas);
    if (config.has("/account") || config.has("/endpoint")) {
        throw ConfigError(
            "connection_string names account and endpoint already: remove the options account and endpoint");
    }
    return OfConnectionString(whole->reveal());
}

std::string StringToSign(const SignedRequest& request, std::string_view account) {
    std::string text(request.method);
    // Content-Encoding, Content-Language, Content-Length, Content-MD5, Content-Type, Date, the four conditions, Range.
    text += "\n\n\n";
    if (request.content_length > 0) text += std::to_string(request.content_length);
    text.append("\n\n").append(request.content_type).append("\n\n\n\n\n\n\n");
    for (const auto& [name, value] : request.headers) text.append(name).append(1, ':').append(value).append(1, '\n');
    text.append(1, '/').append(account).append(request.path);
    for (const auto& [name, value] : request.query) text.append(1, '\n').append(name).append(1, ':').append(value);
    return text;
}

std::string Signature(const SignedRequest& request, const Access& access, const Crypto& crypto) {
    return base64(bytes_of(crypto.hmac_sha256(access.key, StringToSign(request, access.account))));
}

}  // namespace fanfare::plugins::azure
