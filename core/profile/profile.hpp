// How a plain JSON body becomes an event: where in it, or in the headers of its request, the attributes stand, and what
// it must look like to be taken.
//
// Threads: immutable once compiled; safe from every thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan.hpp"
#include "model/event.hpp"
#include "profile/data_schema.hpp"

namespace fanfare::profile {

enum class Kind { kPlain, kChange };
enum class Unchanged { kKeep, kDrop };
enum class Place { kBody, kHeader, kValue };

// Where an attribute may stand.
struct Source {
    Place place = Place::kBody;
    std::string text;  // a JSON pointer into the body, the name of a header, or the attribute itself
};
// The first that is found counts. In the body a string that is not empty and a number, as it is written, are found.
using Sources = std::vector<Source>;

struct Spec {
    Kind kind = Kind::kPlain;
    Sources id;
    Sources type;
    Sources source;
    Sources subject;
    Sources time;                              // only what RFC 3339 takes for one is found
    std::shared_ptr<const DataSchema> schema;  // null: any JSON
    // For a change, which is an object with id, created, action, changes, old_object, new_object, diff and
    // content_type.
    bool verify_changes = false;   // `changes` must lead from old_object to new_object
    bool compute_changes = false;  // `changes` is filled in where there is none
    Unchanged unchanged = Unchanged::kKeep;
};

// What is wrong with a Spec.
struct SpecFault {
    std::string key;        // "id", as in the configuration
    std::size_t index = 0;  // into its sources
    std::string message;
    std::string hint;
};

struct Found {
    std::string value;  // empty: not found
    std::string place;  // the pointer or the header's name
};

struct Applied {
    Found id;
    Found type;
    Found source;
    Found subject;
    Found time;
    std::optional<std::string> data;  // to be used in place of the body
    bool is_dropped = false;          // a change that changes nothing, and the profile wants none of these
    // Why the body is refused, by pointers into it; nothing else counts then.
    std::vector<model::Fault> violations;
    // The refusal, if nothing else gives the event a type; the profile says where it must stand.
    std::optional<model::Fault> missing_type;
};

// The value of a request's header.
using FindHeader = std::function<std::optional<std::string_view>(std::string_view name)>;

class Profile {
public:
    struct Compiled {
        std::shared_ptr<const Profile> profile;  // null if there are faults
        std::vector<SpecFault> faults;
    };
    static Compiled Compile(Spec spec);

    // `body`: the whole text, in which `value` was scanned.
    Applied Apply(std::string_view body, const json::Raw& value, const FindHeader& header) const;

    // Whether a header may give what the event is known by, its id and its source.
    bool TakesIdentityFromHeaders() const;

private:
    struct Finder {
        Place place = Place::kBody;
        std::string text;
        std::vector<std::string> path;  // of a pointer
    };
    using Finders = std::vector<Finder>;

    static Finders MakeFinders(const Sources& sources, const char* key, std::vector<SpecFault>& faults);
    void FindAttributes(const json::Raw& value, const FindHeader& header, Applied& applied) const;

    Spec spec_;
    Finders id_;
    Finders type_;
    Finders source_;
    Finders subject_;
    Finders time_;
};

}  // namespace fanfare::profile
