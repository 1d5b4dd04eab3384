// The dictionary of names (destinations, routes, realms) and the windows of the destinations among them.
// Threads: safe from every thread; Add by the writer only, after the commit that made the name durable.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/delivery.hpp"
#include "store/sqlite/window.hpp"

namespace fanfare::store::sqlite {

class Names {
public:
    std::optional<model::NameId> Find(std::string_view name) const {
        const std::shared_lock lock(mutex_);
        const auto found = ids_.find(name);
        return found == ids_.end() ? std::nullopt : std::optional(found->second);
    }

    // Empty for 0 and for what is not known.
    std::string Text(model::NameId id) const {
        const std::shared_lock lock(mutex_);
        const auto found = texts_.find(id);
        return found == texts_.end() ? std::string() : found->second;
    }

    bool Knows(model::NameId id) const {
        const std::shared_lock lock(mutex_);
        return texts_.contains(id);
    }

    model::NameId last() const {
        const std::shared_lock lock(mutex_);
        return texts_.empty() ? 0 : texts_.rbegin()->first;
    }

    void Add(model::NameId id, std::string name) {
        const std::unique_lock lock(mutex_);
        ids_.emplace(name, id);
        texts_.emplace(id, std::move(name));
    }

private:
    mutable std::shared_mutex mutex_;
    std::map<std::string, model::NameId, std::less<>> ids_;
    std::map<model::NameId, std::string> texts_;
};

// Windows live as long as the store.
class Windows {
public:
    explicit Windows(WindowLimits limits) : limits_(limits) {}

    Window* Find(model::NameId destination) const {
        const std::shared_lock lock(mutex_);
        const auto found = windows_.find(destination);
        return found == windows_.end() ? nullptr : found->second.get();
    }

    Window& At(model::NameId destination) {
        if (Window* const window = Find(destination)) return *window;
        return Add(destination, {});
    }

    Window& Add(model::NameId destination, const Marks& marks) {
        const std::unique_lock lock(mutex_);
        auto& window = windows_[destination];
        if (!window) window = std::make_unique<Window>(destination, marks, limits_);
        return *window;
    }

    // In order of destination.
    std::vector<Window*> All() const {
        const std::shared_lock lock(mutex_);
        std::vector<Window*> all;
        for (const auto& [destination, window] : windows_) all.push_back(window.get());
        return all;
    }

private:
    const WindowLimits limits_;
    mutable std::shared_mutex mutex_;
    std::map<model::NameId, std::unique_ptr<Window>> windows_;
};

}  // namespace fanfare::store::sqlite
