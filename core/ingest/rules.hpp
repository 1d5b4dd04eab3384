// What ingest goes by: the realms, the routes and what each of their destinations is to be sent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ingest/authenticate.hpp"
#include "ingest/decode.hpp"
#include "model/rate.hpp"
#include "profile/order_by.hpp"
#include "profile/profile.hpp"
#include "route/router.hpp"
#include "shape/shape.hpp"
#include "store/inbox.hpp"

namespace fanfare::ingest {

struct RealmRules {
    base::Duration dedup_window = std::chrono::hours(24);
    std::optional<std::size_t> max_body;
    Access access;
    std::optional<model::Rate> rate;
    std::shared_ptr<const profile::Profile> profile;    // of plain JSON bodies; null: none
    std::shared_ptr<const profile::DataSchema> schema;  // of the data of every event; null: any
};

// One entry of a route's `to`.
struct Entry {
    store::Target target;  // a destination that is switched off has id 0
    std::string destination;
    std::shared_ptr<const shape::Shape> shape;      // null: the event as it came
    std::shared_ptr<const shape::Options> options;  // null: none of its options is a template
    std::shared_ptr<const profile::OrderBy> order_by{};  // null: no order
};

// In the order of the rules that the router was made of.
struct RouteEntries {
    std::string name;
    std::vector<Entry> to;
};

struct Rules {
    // Once one realm is declared, others are refused.
    std::map<std::string, RealmRules, std::less<>> realms;
    std::unique_ptr<const route::Router> router;
    std::vector<RouteEntries> routes;
    RouteEntries direct{};  // every destination once, as its own section has it: for what no route decides
    DecodeLimits limits;
    std::size_t max_body = 8u << 20;

    Guide GuideTo(std::string_view realm) const {
        const auto found = realms.find(realm);
        return found == realms.end() ? Guide{} : Guide{found->second.profile.get(), found->second.schema.get()};
    }
};

}  // namespace fanfare::ingest
