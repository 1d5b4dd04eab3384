// Finds and loads plugins (Boost.DLL) and makes sinks of them. A loaded plugin stays loaded until the process ends.
//
// A plugin is `<name>.so` in one of the configured directories. It is loaded only if the file and every directory above
// it belong to root or to the user of this process and no one else may write to them; with every symbol resolved at
// once, and its symbols for itself alone. Each refusal has its own sentence: what is wrong, and what to do.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http_client/client.hpp"
#include "json/value.hpp"
#include "schema/schema.hpp"
#include "sink/sink.hpp"

namespace fanfare::plugin {

class Library;

// Options of one destination, checked and split: no secret stands in `options`.
struct InstanceOptions {
    std::string destination;
    json::Value options;                                // defaults filled in
    std::map<std::string, base::Secret> secrets;        // by JSON pointer
    std::shared_ptr<const http_client::Settings> http;  // of its requests; null: as the client does it by itself
    std::vector<base::Secret> masks;                    // not the plugin's, and neither to be seen in what it says
};

// What a plugin did that the contract forbids, counted per destination and kind.
struct Misbehaviour {
    std::string destination;
    // "threw": an exception came out of a call.
    // "answered-twice", "answered-late", "answered-unknown": answers, ignored, for events that were answered before,
    //   that had been taken back, or that were never handed over.
    // "never-answered": events not answered by the time they were taken back, or by the end of stop.
    // "crashed": its process ended by itself, where it has one.
    // "hung": a call that does not return, or more unanswered batches than the host keeps.
    std::string kind;
    std::uint64_t count = 0;
};

// Threads: Load and Make by one thread; misbehaviour() by every thread.
class Catalog {
public:
    // `http` outlives the catalog and every sink made by it.
    Catalog(std::vector<std::string> directories, http_client::Client& http);
    ~Catalog();

    // Names of what lies in the directories, sorted; none of it is loaded or checked. A directory that cannot be read
    // has none.
    std::vector<std::string> Names() const;
    // Loads `<name>.so` unless it is loaded already. The first time, loading is tried in a child process, so that a
    // static constructor that throws, crashes or exits is a refusal and not the end of this process. A constructor thus
    // runs twice. What crashes later, in create or deliver, still takes the process with it. Errors: kConfig.
    base::Result<const Library*> Load(std::string_view name);
    // The schema of the plugin's options.
    const schema::Schema& SchemaOf(const Library& library) const;
    // Creates an instance and runs its validate, both on the calling thread. Values at the pointers of `secrets` are
    // taken out of the plain options, and the secrets masked in the log. Errors: kConfig with the plugin's own words.
    base::Result<std::unique_ptr<sink::Sink>> Make(const Library& library, InstanceOptions options);

    std::vector<Misbehaviour> misbehaviour() const;
    // What was seen elsewhere: in a process of the plugin's own. Threads: safe from every thread.
    void Blame(const std::string& destination, std::string_view kind, std::uint64_t times);
    const std::vector<std::string>& directories() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fanfare::plugin
