#include "options.hpp"

#include <algorithm>

#include <fanfare/text.hpp>

namespace fanfare::plugins::amqp {
namespace {

// AMQP 0-9-1, 4.2.5.3: a short string has at most 255 bytes.
constexpr std::size_t kMaxShort = 255;

void Require(bool holds, const std::string& otherwise) {
    if (!holds) throw ConfigError(otherwise);
}

std::string Short(const Config& config, const std::string& at, const std::string& fallback) {
    std::string text = config.str(at, fallback);
    Require(text.size() <= kMaxShort && text.find('\0') == std::string::npos,
            at.substr(1) + " has more than 255 bytes, or a NUL character: shorten it");
    return text;
}

void ReadUrls(const Config& config, Options& options) {
    const std::size_t count = config.size("/url");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(config.str("/url/" + std::to_string(i)));
    if (count == 0) texts.push_back(config.str("/url"));
    std::optional<std::string> vhost;
    if (config.has("/vhost")) vhost = Short(config, "/vhost", "/");
    for (const std::string& text : texts) {
        Url url = ParseUrl(text);
        Require(!vhost || !url.vhost || *vhost == *url.vhost,
                "two virtual hosts are named: set vhost, or name the same one in every url");
        if (url.vhost) vhost = std::move(url.vhost);
        options.endpoints.push_back(std::move(url.endpoint));
    }
    options.vhost = vhost.value_or("/");
    Require(options.vhost.size() <= kMaxShort, "the virtual host in url has more than 255 bytes: shorten it");
}

void ReadTls(const Config& config, Options& options) {
    const bool any_tls = std::any_of(options.endpoints.begin(), options.endpoints.end(),
                                     [](const Endpoint& endpoint) { return endpoint.tls; });
    Require(any_tls || !config.has("/tls"),
            "tls is set, but no url starts with amqps://: write amqps://, or remove tls");
    if (!any_tls) return;
    options.tls = net::TlsOptions{config.str("/tls/ca", ""), config.str("/tls/server_name", ""),
                             config.str("/tls/certificate", ""), config.str("/tls/key", "")};
    Require(options.tls->certificate.empty() == options.tls->key.empty(),
            "tls.certificate and tls.key belong together: set both or none");
}

void ReadLogin(const Config& config, Options& options) {
    options.external = config.str("/auth", "plain") == "external";
    options.user = Short(config, "/user", options.external ? "" : "guest");
    const bool all_tls = std::all_of(options.endpoints.begin(), options.endpoints.end(),
                                     [](const Endpoint& endpoint) { return endpoint.tls; });
    Require(!options.external || (all_tls && !options.tls->certificate.empty()),
            "auth is external, which needs amqps:// in every url and tls.certificate: set them");
    const bool has_password = config.find_secret("/password").has_value();
    Require(has_password || options.external || options.user == "guest",
            "user is set without a password: set password, or auth = \"external\"");
    Require(!has_password || !options.external, "password and auth = \"external\" exclude each other: remove one");
    Require(options.user.find('\0') == std::string::npos, "user has a NUL character: remove it");
}

void ReadMessage(const Config& config, Options& options) {
    options.exchange = Short(config, "/exchange", "");
    options.routing_key = config.str("/routing_key", "");
    options.routing_key_is_template = options.routing_key.find("{{") != std::string::npos;
    if (!options.routing_key_is_template) Short(config, "/routing_key", "");
    options.mandatory = config.boolean("/mandatory", true);
    options.persistent = config.boolean("/persistent", true);
    options.app_id = Short(config, "/app_id", "");
    const std::string form = config.str("/form", "cloudevents");
    if (form == "gadz-v1") options.form = Form::kGadz1;
    if (form == "gadz-v2") options.form = Form::kGadz2;
    Require(options.form != Form::kCloudEvents || form == "cloudevents",
            "form is '" + first_line(form, 16) + "': use cloudevents, gadz-v1 or gadz-v2");
    if (config.has("/priority")) options.priority = static_cast<std::uint8_t>(config.i64("/priority"));
    if (config.has("/expiration_ms")) options.expiration = std::to_string(config.i64("/expiration_ms"));
    options.heartbeat = std::chrono::seconds(config.i64("/heartbeat_seconds", 20));
    options.max_unconfirmed = static_cast<std::size_t>(config.i64("/max_unconfirmed", 2000));
}

std::vector<Argument> ReadArguments(const Config& config, const std::string& at) {
    std::vector<Argument> out;
    for (std::size_t i = 0; i < config.size(at); ++i) {
        Argument argument{config.key(at, i), {}};
        const std::string where = pointer(at, argument.name);
        Require(argument.name.size() <= kMaxShort, where.substr(1) + " has a name of more than 255 bytes: shorten it");
        const std::string missing(1, '\0');
        const std::string text = config.str(where, missing);
        if (text != missing) {
            argument.value = text;
        } else if (config.boolean(where, true) == config.boolean(where, false)) {
            argument.value = config.boolean(where);
        } else {
            argument.value = config.i64(where);
        }
        out.push_back(std::move(argument));
    }
    return out;
}

void ReadDeclarations(const Config& config, Options& options) {
    if (config.has("/declare_exchange")) {
        Require(!options.exchange.empty(),
                "declare_exchange is set, but the default exchange is always there: set exchange");
        options.declare_exchange = ExchangeDeclaration{
            config.boolean("/declare_exchange/passive", false), Short(config, "/declare_exchange/type", "topic"),
            config.boolean("/declare_exchange/durable", true), config.boolean("/declare_exchange/auto_delete", false),
            ReadArguments(config, "/declare_exchange/arguments")};
    }
    if (!config.has("/declare_queue")) return;
    options.declare_queue = QueueDeclaration{
        Short(config, "/declare_queue/name", ""),         config.boolean("/declare_queue/passive", false),
        config.boolean("/declare_queue/durable", true),   config.boolean("/declare_queue/auto_delete", false),
        Short(config, "/declare_queue/binding_key", "#"), ReadArguments(config, "/declare_queue/arguments")};
    Require(!options.declare_queue->name.empty(), "declare_queue.name is empty: name the queue");
}

}  // namespace

Options ReadOptions(const Config& config) {
    Options options;
    ReadUrls(config, options);
    ReadTls(config, options);
    ReadLogin(config, options);
    ReadMessage(config, options);
    ReadDeclarations(config, options);
    return options;
}

}  // namespace fanfare::plugins::amqp
