#include "app/assemble.hpp"

#include <utility>

#include "app/assemble_http.hpp"
#include "app/assemble_tls.hpp"
#include "app/daemon.hpp"
#include "app/realms.hpp"
#include "app/secret.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "isolation/process_sink.hpp"
#include "plugin/library.hpp"

namespace fanfare::app {
namespace {

base::Secret FingerprintOf(const config::Destination& destination, const plugin::InstanceOptions& options, const json::Value& http) {
    json::Value all;
    all["plugin"] = destination.plugin;
    all["isolated"] = destination.is_isolated;
    all["options"] = options.options;
    all["http"] = http;
    all["secrets"] = json::Value::object();
    for (const auto& [pointer, secret] : options.secrets) all["secrets"][pointer] = base::EncodeHex(secret.Reveal());
    return base::Secret(std::string(base::BytesOf(base::Sha256(json::Dump(all)))));
}

class Assembler {
public:
    Assembler(plugin::Catalog& catalog, const config::Log& log, Assembly& assembly) : catalog_(catalog), log_(log), assembly_(assembly) {}

    void Add(const config::Destination& destination) {
        const auto library = catalog_.Load(destination.plugin);
        if (!library) return Report(Locate(destination, "/plugin"), library.error().message);
        const schema::Schema& schema = catalog_.SchemaOf(**library);
        const std::vector<schema::Violation> violations = schema.Check(destination.options);
        for (const schema::Violation& violation : violations) {
            Report(Locate(destination, violation.pointer), violation.message, violation.hint);
        }
        if (!violations.empty()) return;
        plugin::InstanceOptions options;
        options.destination = destination.name;
        options.options = schema.WithDefaults(destination.options);
        if (auto templates = CompileTemplates(destination, schema, options.options, assembly_.diagnostics))
            assembly_.templates[destination.name] = std::move(templates);
        const bool has_secrets = SplitSecrets(destination, schema, options);
        auto http = AssembleHttp(destination.http, assembly_.diagnostics);
        if (!has_secrets || !http) return;
        if (destination.is_isolated && http->settings) {
            return Report(destination.where, "a plugin in a process of its own cannot have an http table", "take out isolation or [http]");
        }
        base::Secret fingerprint = FingerprintOf(destination, options, http->fingerprint);
        options.http = std::move(http->settings);
        options.masks = std::move(http->secrets);
        auto sink = destination.is_isolated ? MakeIsolated(destination, **library, std::move(options))
                                            : catalog_.Make(**library, std::move(options));
        if (!sink) return Report(destination.where, sink.error().message);
        if (destination.enabled) assembly_.parts.push_back({&destination, *std::move(sink), std::move(fingerprint)});
    }

private:
    // Moves every secret out of the options; null stands in its place, so that the shape of lists stays.
    bool SplitSecrets(const config::Destination& destination, const schema::Schema& schema,
                      plugin::InstanceOptions& options) {
        bool ok = true;
        for (const std::string& pointer : schema.SecretPointers(options.options)) {
            json::Value& value = options.options[json::Value::json_pointer(pointer)];
            const config::Position& where = Locate(destination, pointer);
            auto secret = TakeSecret(value, where, assembly_.diagnostics);
            if (!secret) {
                ok = false;
                continue;
            }
            options.secrets.emplace(pointer, *std::move(secret));
            value = nullptr;
        }
        return ok;
    }

    base::Result<std::unique_ptr<sink::Sink>> MakeIsolated(const config::Destination& destination, const plugin::Library& library,
                                                           plugin::InstanceOptions options) {
        isolation::Order order{destination.plugin, catalog_.directories(), std::move(options), UserAgent(), log_.level, log_.format};
        return isolation::ProcessSink::Make(std::move(order), library.table().max_batch_events,
                                            [&catalog = catalog_, name = destination.name](const std::string& kind, std::uint64_t times) {
                                                catalog.Blame(name, kind, times);
                                            });
    }

    void Report(const config::Position& where, std::string message, std::string hint = {}) {
        assembly_.diagnostics.push_back(config::At(where, std::move(message), std::move(hint)));
    }

    plugin::Catalog& catalog_;
    const config::Log& log_;
    Assembly& assembly_;
};

}  // namespace

Assembly Assemble(const config::Config& config, plugin::Catalog& catalog) {
    Assembly assembly;
    Assembler assembler(catalog, config.log, assembly);
    for (const config::Destination& destination : config.destinations) assembler.Add(destination);
    assembly.tls = AssembleTls(config.server.tls, assembly.diagnostics);
    assembly.admin_tls = AssembleTls(config.server.admin_tls, assembly.diagnostics);
    assembly.realms = AssembleRealms(config, assembly.diagnostics);
    return assembly;
}

}  // namespace fanfare::app
