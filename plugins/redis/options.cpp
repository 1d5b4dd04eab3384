#include "options.hpp"

#include <algorithm>

#include <fanfare/text.hpp>

namespace fanfare::plugins::redis {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;

void Require(bool holds, const std::string& otherwise) {
    if (!holds) throw ConfigError(otherwise);
}

void ReadServers(const Config& config, Options& options) {
    const std::uint16_t port = options.topology == Topology::kSentinel ? kSentinelPort : kRedisPort;
    const std::size_t count = config.size("/server");
    for (std::size_t i = 0; i < count; ++i) {
        options.servers.push_back(ParseEndpoint(config.str("/server/" + std::to_string(i)), port));
    }
    if (count == 0) options.servers.push_back(ParseEndpoint(config.str("/server"), port));
    const bool any_unix = std::any_of(options.servers.begin(), options.servers.end(),
                                      [](const Endpoint& server) { return server.is_unix(); });
    Require(!any_unix || options.topology == Topology::kSingle,
            "server is a Unix socket, but cluster and sentinel are reached over the network: write host:port");
    Require(!any_unix || !options.tls, "server is a Unix socket, which needs no tls: remove the tls table");
}

void ReadTopology(const Config& config, Options& options) {
    const bool cluster = config.boolean("/cluster", false);
    const bool sentinel = config.has("/sentinel");
    Require(!cluster || !sentinel,
            "cluster and sentinel exclude each other: a cluster fails over by itself; remove one");
    if (cluster) options.topology = Topology::kCluster;
    if (sentinel) {
        options.topology = Topology::kSentinel;
        options.master = config.str("/sentinel/master");
        options.sentinel_user = config.str("/sentinel/user", "");
    }
    options.user = config.str("/user", "");
    options.database = config.i64("/database", 0);
    Require(!cluster || options.database == 0, "database must be 0: a cluster has no other; remove it");
}

void ReadTls(const Config& config, Options& options) {
    if (!config.has("/tls")) return;
    options.tls = net::TlsOptions{config.str("/tls/ca", ""), config.str("/tls/server_name", ""),
                             config.str("/tls/certificate", ""), config.str("/tls/key", "")};
    Require(options.tls->certificate.empty() == options.tls->key.empty(),
            "tls.certificate and tls.key belong together: set both or none");
}

void ReadKey(const Config& config, Options& options) {
    options.key = config.str("/key");
    const std::size_t tag = options.key.find("{{");
    options.key_is_template = tag != std::string::npos;
    options.key_prefix = options.key.substr(0, tag);
    Require(!options.key.empty(), "key is empty: name the stream, list or channel");
    Require(!options.key_prefix.empty(),
            "key begins with a tag, so an event could choose any key of the database: put a prefix before it, as in "
            "events:{{ type }}");
}

Mode ModeOf(const std::string& name) {
    if (name == "stream") return Mode::kStream;
    if (name == "list") return Mode::kList;
    if (name == "channel") return Mode::kChannel;
    throw ConfigError("mode is '" + first_line(name, 16) + "': use stream, list or channel");
}

void ReadForm(const Config& config, Options& options) {
    options.mode = ModeOf(config.str("/mode", "stream"));
    const bool stream = options.mode == Mode::kStream;
    const std::string format = config.str("/format", stream ? "fields" : "json");
    Require(stream || format != "fields", "format is fields, which only an entry of a stream has: use json");
    options.json = format == "json";
    options.push_left = config.str("/push", "right") == "left";
}

void ReadLimits(const Config& config, Options& options) {
    options.max_length = config.i64("/max_length", 0);
    options.max_age_seconds = config.i64("/max_age_seconds", 0);
    options.exact_trim = config.boolean("/exact_trim", false);
    options.require_receiver = config.boolean("/require_receiver", false);
    const bool stream = options.mode == Mode::kStream;
    Require(options.max_length == 0 || options.mode != Mode::kChannel,
            "max_length is for a stream or list; a channel keeps nothing: remove it");
    Require(options.max_age_seconds == 0 || stream, "max_age_seconds is for a stream: remove it");
    Require(options.max_length == 0 || options.max_age_seconds == 0,
            "max_length and max_age_seconds exclude each other, as in XADD: remove one");
    Require(!options.exact_trim || (stream && (options.max_length > 0 || options.max_age_seconds > 0)),
            "exact_trim needs a stream with max_length or max_age_seconds: set one, or remove it");
    Require(!options.require_receiver || options.mode == Mode::kChannel,
            "require_receiver is for a channel: remove it, or set mode to channel");
    Require(
        !options.require_receiver || options.topology != Topology::kCluster,
        "require_receiver cannot work in a cluster, where PUBLISH counts the receivers of one node only: remove it");
}

}  // namespace

Options ReadOptions(const Config& config) {
    Options options;
    ReadTopology(config, options);
    ReadTls(config, options);
    ReadServers(config, options);
    ReadKey(config, options);
    ReadForm(config, options);
    ReadLimits(config, options);
    return options;
}

}  // namespace fanfare::plugins::redis
