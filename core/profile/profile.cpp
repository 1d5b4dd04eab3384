#include "profile/profile.hpp"

#include <algorithm>
#include <utility>

#include "model/timestamp.hpp"
#include "profile/change.hpp"
#include "profile/pointer.hpp"

namespace fanfare::profile {
namespace {

bool IsToken(std::string_view name) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";  // RFC 9110, 5.6.2
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return is_letter || (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos;
    });
}

std::string Wording(const Source& source) {
    return source.place == Place::kHeader ? "the header " + source.text : source.text;
}

// The first fault of a place says it best.
bool IsNew(const model::Fault& fault, const std::vector<model::Fault>& faults) {
    return std::none_of(faults.begin(), faults.end(),
                        [&](const model::Fault& other) { return other.pointer == fault.pointer; });
}

std::string TextOf(const json::Raw& value) {
    if (value.kind == json::Kind::kNumber) return std::string(value.text);
    return value.kind == json::Kind::kString ? json::Unescape(value) : std::string();
}

// Where a change has its attributes.
void FillInForChange(Spec& spec) {
    if (spec.id.empty()) spec.id = {{Place::kBody, "/id"}};
    if (spec.time.empty()) spec.time = {{Place::kBody, "/created"}};
}

}  // namespace

Profile::Finders Profile::MakeFinders(const Sources& sources, const char* key, std::vector<SpecFault>& faults) {
    Finders finders;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const Source& source = sources[i];
        Finder finder{source.place, source.text, {}};
        if (source.place == Place::kBody) {
            auto path = ParsePointer(source.text);
            if (!path || path->empty()) {
                faults.push_back({key, i, "'" + source.text + "' is no JSON pointer into the body",
                                  "write it as in \"/content_type/id\" ('~' is ~0, '/' is ~1), or { value = \"" +
                                      source.text + "\" } for the text itself"});
                continue;
            }
            finder.path = *std::move(path);
        } else if (source.place == Place::kHeader && !IsToken(source.text)) {
            faults.push_back({key, i, "'" + source.text + "' is not the name of a header",
                              "write it as in { header = \"X-GitHub-Event\" }"});
        } else if (source.text.empty()) {
            faults.push_back({key, i, "the value is empty", "leave it out, or write the text that it is to be"});
        }
        finders.push_back(std::move(finder));
    }
    return finders;
}

Profile::Compiled Profile::Compile(Spec spec) {
    Compiled compiled;
    auto profile = std::make_shared<Profile>();
    for (std::size_t i = 0; i < spec.id.size(); ++i) {
        if (spec.id[i].place != Place::kValue) continue;
        compiled.faults.push_back({"id", i, "every event would have the same id, and all but the first be a duplicate",
                                   "take it out: without an id an event gets a new one"});
    }
    if (spec.kind == Kind::kChange) FillInForChange(spec);
    profile->id_ = MakeFinders(spec.id, "id", compiled.faults);
    profile->type_ = MakeFinders(spec.type, "type", compiled.faults);
    profile->source_ = MakeFinders(spec.source, "source", compiled.faults);
    profile->subject_ = MakeFinders(spec.subject, "subject", compiled.faults);
    profile->time_ = MakeFinders(spec.time, "time", compiled.faults);
    profile->spec_ = std::move(spec);
    if (compiled.faults.empty()) compiled.profile = std::move(profile);
    return compiled;
}

bool Profile::TakesIdentityFromHeaders() const {
    const auto is_header = [](const Source& source) { return source.place == Place::kHeader; };
    return std::any_of(spec_.id.begin(), spec_.id.end(), is_header) ||
           std::any_of(spec_.source.begin(), spec_.source.end(), is_header);
}

Applied Profile::Apply(std::string_view body, const json::Raw& value, const FindHeader& header) const {
    Applied applied;
    Change change;
    if (spec_.kind == Kind::kChange) {
        const bool compare = spec_.unchanged == Unchanged::kDrop;
        change = ReadChange(body, value, {spec_.verify_changes, spec_.compute_changes, compare});
        applied.violations = std::move(change.violations);
        applied.data = std::move(change.data);
        applied.is_dropped = compare && change.is_unchanged;
    }
    if (spec_.schema) {
        for (model::Fault& fault : spec_.schema->Check(applied.data ? std::string_view(*applied.data) : value.text)) {
            if (IsNew(fault, applied.violations)) applied.violations.push_back(std::move(fault));
        }
    }
    if (!applied.violations.empty()) return applied;
    FindAttributes(value, header, applied);
    if (spec_.kind == Kind::kChange && spec_.type.empty()) applied.type = {"change." + change.action, "/action"};
    if (spec_.kind == Kind::kChange && spec_.subject.empty())
        applied.subject = {std::move(change.subject), "/content_type"};
    return applied;
}

void Profile::FindAttributes(const json::Raw& value, const FindHeader& header, Applied& applied) const {
    const auto read = [&](const Finder& finder) -> std::string {
        if (finder.place == Place::kValue) return finder.text;
        if (finder.place == Place::kHeader) return std::string(header(finder.text).value_or(""));
        const auto found = FindAt(value, finder.path);
        return found ? TextOf(*found) : std::string();
    };
    const auto find = [&](const Finders& finders, bool (*fits)(std::string_view)) -> Found {
        for (const Finder& finder : finders) {
            std::string text = read(finder);
            if (fits(text)) return {std::move(text), finder.text};
        }
        return {};
    };
    const auto is_there = [](std::string_view text) { return !text.empty(); };
    applied.id = find(id_, is_there);
    applied.type = find(type_, is_there);
    applied.source = find(source_, is_there);
    applied.subject = find(subject_, is_there);
    applied.time = find(time_, model::IsTimestamp);
    if (type_.empty() || !applied.type.value.empty()) return;
    std::string places;
    for (const Source& source : spec_.type) places += (places.empty() ? "" : ", ") + Wording(source);
    applied.missing_type = {spec_.type.front().text, "is needed as the type of the event; looked for: " + places};
}

}  // namespace fanfare::profile
