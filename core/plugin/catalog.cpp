#include "plugin/catalog.hpp"

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "plugin/instance.hpp"
#include "plugin/library.hpp"
#include "plugin/misbehaviour.hpp"

namespace fanfare::plugin {

struct Catalog::State {
    State(std::vector<std::string> where, http_client::Client& client) : directories(std::move(where)), http(client) {}

    std::vector<std::string> directories;
    http_client::Client& http;
    std::shared_ptr<Misbehaviours> misbehaviours = std::make_shared<Misbehaviours>();
    std::map<std::string, std::unique_ptr<const Library>, std::less<>> libraries;
};

Catalog::Catalog(std::vector<std::string> directories, http_client::Client& http)
    : state_(std::make_unique<State>(std::move(directories), http)) {}

Catalog::~Catalog() = default;

std::vector<std::string> Catalog::Names() const {
    namespace fs = std::filesystem;
    std::set<std::string> names;
    for (const std::string& directory : state_->directories) {
        std::error_code fault;
        fs::directory_iterator entry(directory, fault);
        for (; !fault && entry != fs::directory_iterator(); entry.increment(fault)) {
            const fs::path& path = entry->path();
            if (path.extension() == ".so" && base::IsName(path.stem().string())) names.insert(path.stem().string());
        }
    }
    return {names.begin(), names.end()};
}

base::Result<const Library*> Catalog::Load(std::string_view name) {
    if (const auto loaded = state_->libraries.find(name); loaded != state_->libraries.end())
        return loaded->second.get();
    base::Result<std::unique_ptr<const Library>> library = Library::Open(name, state_->directories);
    if (!library) return std::move(library).error();
    return state_->libraries.emplace(name, *std::move(library)).first->second.get();
}

const schema::Schema& Catalog::SchemaOf(const Library& library) const { return library.schema(); }

base::Result<std::unique_ptr<sink::Sink>> Catalog::Make(const Library& library, InstanceOptions options) {
    base::Result<std::shared_ptr<Instance>> instance =
        Instance::Create(library, std::move(options), state_->http, state_->misbehaviours, Limits{});
    if (!instance) return std::move(instance).error();
    return std::unique_ptr<sink::Sink>(std::make_unique<PluginSink>(*std::move(instance)));
}

std::vector<Misbehaviour> Catalog::misbehaviour() const { return state_->misbehaviours->All(); }

}  // namespace fanfare::plugin
