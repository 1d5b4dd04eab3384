#include "plugin/catalog.hpp"

#include <utility>

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

std::vector<std::string> Catalog::Names() const { return Library::NamesIn(state_->directories); }

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

void Catalog::Blame(const std::string& destination, std::string_view kind, std::uint64_t times) {
    if (const auto wrong = ParseWrong(kind)) state_->misbehaviours->Count(destination, *wrong, times);
}

const std::vector<std::string>& Catalog::directories() const { return state_->directories; }

std::vector<Misbehaviour> Catalog::misbehaviour() const { return state_->misbehaviours->All(); }

}  // namespace fanfare::plugin
