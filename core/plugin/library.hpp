// One loaded plugin: its file, its table of functions, its schema.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fanfare/plugin.h>

#include "base/result.hpp"
#include "schema/schema.hpp"

namespace fanfare::plugin {

// Threads: immutable; safe from every thread.
class Library {
public:
    // Finds `<name>.so` in the first of `directories` that has it, checks and loads it. The library stays loaded for
    // the life of the process. Errors: kConfig, a sentence of its own for each kind of refusal.
    static base::Result<std::unique_ptr<const Library>> Open(std::string_view name,
                                                             const std::vector<std::string>& directories);

    // Names of what lies in `directories`, sorted; nothing is loaded or checked. A directory that cannot be read has
    // none.
    static std::vector<std::string> NamesIn(const std::vector<std::string>& directories);

    const std::string& name() const { return name_; }
    const std::string& path() const { return path_; }
    std::string_view version() const;
    std::string_view description() const;
    const schema::Schema& schema() const { return *schema_; }
    // What the plugin says of itself to any host; for those who try it on hosts that this one is not.
    fanfare_plugin_query_fn entry() const { return entry_; }
    // As the plugin filled it: a field behind `destroy` is there only if FANFARE_HAS says so.
    const fanfare_plugin& table() const { return *table_; }

private:
    Library() = default;

    std::string name_;
    std::string path_;
    fanfare_plugin_query_fn entry_ = nullptr;
    const fanfare_plugin* table_ = nullptr;
    std::unique_ptr<const schema::Schema> schema_;
};

}  // namespace fanfare::plugin
