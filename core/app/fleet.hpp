// The destinations that run, and the step from one configuration's to another's.
//
// A change has two halves: Prepare starts everything that is new and can fail without anything having happened; Apply
// cannot fail. A destination whose plugin, options, secrets and delivery policy are the same is not touched.
// Threads: by one thread, but for PluginOf and HasErrorHistory.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "app/assemble.hpp"
#include "base/result.hpp"
#include "dispatch/dispatcher.hpp"
#include "store/store.hpp"

namespace fanfare::app {

class Fleet {
public:
    // Both outlive it.
    Fleet(store::Store& store, dispatch::Dispatcher& dispatcher) : store_(store), dispatcher_(dispatcher) {}

    struct Change {
        std::vector<std::string> added, changed, removed;
        std::size_t kept = 0;

    private:
        friend class Fleet;
        struct Running {
            model::NameId id = 0;
            std::string plugin;
            base::Secret fingerprint;
            model::DeliveryPolicy policy;
        };
        std::map<std::string, Running> running;  // afterwards
        std::vector<dispatch::Dispatcher::Prepared> prepared;
        std::vector<model::NameId> gone;
    };

    // Errors: that of the first sink that does not start, with the name of its destination; the store's.
    base::Result<Change> Prepare(std::vector<Part> parts);
    void Apply(Change& change);

    // 0: it does not run.
    static model::NameId IdOf(const Change& change, const std::string& destination);
    // Threads: safe from every thread.
    std::string PluginOf(const std::string& destination) const;
    bool HasErrorHistory(const std::string& destination) const;

private:
    store::Store& store_;
    dispatch::Dispatcher& dispatcher_;
    mutable std::mutex mutex_;
    std::map<std::string, Change::Running> running_;  // guarded by mutex_
};

}  // namespace fanfare::app
