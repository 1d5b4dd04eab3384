#include "plugin/library.hpp"

#include <dlfcn.h>

#define BOOST_DLL_USE_STD_FS 1
#include <boost/dll/shared_library.hpp>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/text.hpp"
#include "plugin/file_check.hpp"
#include "plugin/host.hpp"
#include "plugin/text.hpp"
#include "plugin/trial.hpp"

namespace fanfare::plugin {
namespace {

namespace dll = boost::dll;
namespace fs = std::filesystem;

// Everything resolved at once, or a missing symbol shows first when an event is on its way; for this plugin alone;
// never unloaded, since its threads, its thread-local destructors and its exit handlers may outlive every instance.
// Boost.DLL has no name for the last, but passes the value on.
constexpr auto kMode =
    dll::load_mode::rtld_now | dll::load_mode::rtld_local | static_cast<dll::load_mode::type>(RTLD_NODELETE);
constexpr std::size_t kTextLimit = 512;

base::Error Refuse(std::string why) { return base::MakeError(base::Code::kConfig, std::move(why)); }

std::string Abi(std::uint32_t major, std::uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
}

std::string OurAbi() { return Abi(FANFARE_ABI_MAJOR, FANFARE_ABI_MINOR); }

// Kept for ever, and in reach of leak checkers. Its destructor would unload the library, and at exit other threads may
// still run in it.
dll::shared_library& Keep(std::unique_ptr<dll::shared_library> library) {
    static std::mutex mutex;
    static auto& kept = *new std::vector<std::unique_ptr<dll::shared_library>>;
    const std::lock_guard lock(mutex);
    return *kept.emplace_back(std::move(library));
}

std::string Between(std::string_view text, std::string_view begin, std::string_view end) {
    const std::size_t from = text.find(begin);
    if (from == std::string_view::npos) return {};
    text.remove_prefix(from + begin.size());
    return std::string(text.substr(0, text.find_first_of(end)));
}

// What dlerror() said, out of Boost's "load() failed (dlerror system message: ...): Bad file descriptor".
std::string_view SystemMessage(std::string_view what) {
    constexpr std::string_view kBegin = "(dlerror system message: ";
    const std::size_t begin = what.find(kBegin);
    const std::size_t end = what.rfind("): ");
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return what;
    return what.substr(begin + kBegin.size(), end - begin - kBegin.size());
}

// A sentence for each kind of glibc's texts (dl-lookup.c, dl-load.c).
std::string ExplainLoading(std::string_view what, const std::string& package) {
    if (const std::string symbol = Between(what, "undefined symbol: ", " ,)\n"); !symbol.empty()) {
        return "cannot be loaded: it needs the symbol '" + symbol +
               "', which no library offers; it was built for other libraries than are installed: install " + package +
               " again";
    }
    constexpr std::string_view kMissing = ": cannot open shared object file";
    if (const std::size_t at = what.find(kMissing); at != std::string_view::npos) {
        const std::string_view before = what.substr(0, at);
        const std::size_t start = before.find_last_of(" (");
        return "cannot be loaded: it needs the library " + std::string(before.substr(start + 1)) +
               ", which is not installed";
    }
    return "cannot be loaded: " + Clean(what, kTextLimit, {}) + "; install " + package + " again";
}

base::Result<std::string> FindFile(const std::string& name, const std::vector<std::string>& directories) {
    std::string searched;
    std::error_code error;
    for (const std::string& directory : directories) {
        if (!fs::path(directory).is_absolute()) {
            return Refuse("the plugin directory '" + directory + "' is not an absolute path; correct [plugins] path");
        }
        const fs::path path = fs::path(directory) / (name + ".so");
        if (fs::symlink_status(path, error).type() != fs::file_type::not_found) return path.string();
        searched += (searched.empty() ? "" : " or ") + directory;
    }
    const std::vector<std::string> others = Library::NamesIn(directories);
    const std::string_view near = base::DidYouMean(name, {others.begin(), others.end()});
    return Refuse("plugin '" + name + "' is not installed: no " + name + ".so in " +
                  (searched.empty() ? "any directory, as [plugins] path is empty" : searched) +
                  (near.empty() ? "; install the package fanfare-plugin-" + name
                                : "; did you mean '" + std::string(near) + "'?"));
}

base::Result<dll::shared_library*> LoadFile(const std::string& name, const CheckedFile& file) {
    const std::string subject = "plugin '" + name + "' ";
    const std::string package = "the package fanfare-plugin-" + name;
    // Loading is not done by name before it is known to come back: a static constructor that throws ends the process.
    const base::Status trial = TryInChild([&] { static_cast<void>(dll::shared_library(file.path, kMode)); });
    if (!trial)
        return Refuse(subject + "is refused: " + trial.error().message + "; install another version of " + package);
    try {
        auto& library = Keep(std::make_unique<dll::shared_library>(file.path, kMode));
        if (IsStill(file)) return &library;
        return Refuse(subject + "is refused: " + file.path + " was replaced while it was loaded; start again");
    } catch (const std::exception& error) {
        return Refuse(subject + ExplainLoading(SystemMessage(error.what()), package));
    }
}

base::Result<const fanfare_plugin*> Query(const std::string& name, const dll::shared_library& library) {
    const std::string subject = "plugin '" + name + "' ";
    if (!library.has(FANFARE_ENTRY_SYMBOL)) {
        for (int major = 2; major < 10; ++major) {
            if (!library.has("fanfare_plugin_query_v" + std::to_string(major))) continue;
            return Refuse(subject + "is made for plugin ABI " + std::to_string(major) + ", this fanfare offers " +
                          OurAbi() + "; upgrade fanfare, or install an older " + name);
        }
        return Refuse(subject + "is refused: " + library.location().string() +
                      " has no function " FANFARE_ENTRY_SYMBOL
                      ", so it is no fanfare plugin; install the package fanfare-plugin-" +
                      name);
    }
    const fanfare_plugin* table = nullptr;
    try {
        table = library.get<const fanfare_plugin*(const fanfare_host*)>(FANFARE_ENTRY_SYMBOL)(&HostTable());
    } catch (...) {
        return Refuse(subject + "is refused: its entry function threw an exception; report this to its vendor");
    }
    if (table == nullptr) {
        return Refuse(subject + "refused to run on this fanfare (plugin ABI " + OurAbi() +
                      "); install another version of it");
    }
    return table;
}

base::Status CheckTable(const std::string& name, const fanfare_plugin& table) {
    const std::string subject = "plugin '" + name + "' ";
    if (!FANFARE_HAS(&table, fanfare_plugin, required_minor)) {
        return Refuse(subject + "is refused: its table of functions is cut short; report this to its vendor");
    }
    if (table.abi_major != FANFARE_ABI_MAJOR) {
        return Refuse(subject + "is made for plugin ABI " + Abi(table.abi_major, table.abi_minor) +
                      ", this fanfare offers " + OurAbi() + "; install the version of " + name +
                      " that belongs to this fanfare");
    }
    if (table.required_minor > FANFARE_ABI_MINOR) {
        return Refuse(subject + "needs plugin ABI " + Abi(table.abi_major, table.required_minor) +
                      ", this fanfare offers " + OurAbi() + "; upgrade fanfare, or install an older " + name);
    }
    if (!FANFARE_HAS(&table, fanfare_plugin, destroy)) {
        return Refuse(subject + "is refused: its table of functions is cut short; report this to its vendor");
    }
    if (View(table.name) != name) {
        return Refuse(subject + "is refused: the file calls itself '" + Clean(View(table.name), 64, {}) +
                      "'; a plugin's file is named after it, so rename one of the two");
    }
    const char* missing = table.create == nullptr    ? "create"
                          : table.deliver == nullptr ? "deliver"
                          : table.destroy == nullptr ? "destroy"
                                                     : nullptr;
    if (missing != nullptr) {
        return Refuse(subject + "is refused: it has no function '" + missing + "'; report this to its vendor");
    }
    if (table.max_batch_events == 0) {
        return Refuse(
            subject +
            "is refused: its max_batch_events is 0, so it would never get an event; report this to its vendor");
    }
    return {};
}

}  // namespace

std::vector<std::string> Library::NamesIn(const std::vector<std::string>& directories) {
    std::set<std::string> names;
    for (const std::string& directory : directories) {
        std::error_code fault;
        fs::directory_iterator entry(directory, fault);
        for (; !fault && entry != fs::directory_iterator(); entry.increment(fault)) {
            if (entry->path().extension() == ".so") names.insert(entry->path().stem().string());
        }
    }
    return {names.begin(), names.end()};
}

base::Result<std::unique_ptr<const Library>> Library::Open(std::string_view name,
                                                           const std::vector<std::string>& directories) {
    const std::string plugin(name);
    if (!base::IsName(name)) {
        return Refuse("'" + Clean(name, 64, {}) + "' cannot be the name of a plugin; names look like 'webhook'");
    }
    const base::Result<std::string> path = FindFile(plugin, directories);
    if (!path) return path.error();
    const base::Result<CheckedFile> file = CheckFile(*path);
    if (!file) return Refuse("plugin '" + plugin + "' is refused: " + file.error().message);
    const base::Result<dll::shared_library*> loaded = LoadFile(plugin, *file);
    if (!loaded) return loaded.error();
    const base::Result<const fanfare_plugin*> table = Query(plugin, **loaded);
    if (!table) return table.error();
    if (base::Status status = CheckTable(plugin, **table); !status) return std::move(status).error();
    base::Result<std::unique_ptr<const schema::Schema>> schema = schema::Schema::Compile(View((*table)->config_schema));
    if (!schema) {
        return Refuse("plugin '" + plugin + "' is refused: the schema of its options is " + schema.error().message +
                      "; report this to its vendor");
    }
    std::unique_ptr<Library> library(new Library);
    library->name_ = plugin;
    library->path_ = file->path;
    library->entry_ = &(*loaded)->get<const fanfare_plugin*(const fanfare_host*)>(FANFARE_ENTRY_SYMBOL);
    library->table_ = *table;
    library->schema_ = *std::move(schema);
    return std::unique_ptr<const Library>(std::move(library));
}

std::string_view Library::version() const { return View(table_->version); }
std::string_view Library::description() const { return View(table_->description); }

}  // namespace fanfare::plugin
