#include "profile/change.hpp"

#include <algorithm>
#include <array>

#include "json/patch.hpp"
#include "json/reader.hpp"
#include "json/value.hpp"
#include "model/quote.hpp"

namespace fanfare::profile {
namespace {

using json::Kind;

struct Key {
    std::string_view name;
    std::array<Kind, 2> kinds;
    std::string_view wanted;
};
enum KeyAt { kId, kCreated, kAction, kChanges, kOldObject, kNewObject, kDiff, kContentType, kKeys };
constexpr std::array<Key, kKeys> kShape{{
    {"id", {Kind::kNumber, Kind::kString}, "a number or a string"},
    {"created", {Kind::kString, Kind::kString}, "a string"},
    {"action", {Kind::kString, Kind::kString}, "a string"},
    {"changes", {Kind::kArray, Kind::kArray}, "an array"},
    {"old_object", {Kind::kObject, Kind::kObject}, "an object"},
    {"new_object", {Kind::kObject, Kind::kObject}, "an object"},
    {"diff", {Kind::kNull, Kind::kString}, "null or a string"},
    {"content_type", {Kind::kObject, Kind::kObject}, "an object"},
}};

bool IsEmptyArray(const json::Raw& value) {
    json::Reader reader(value.text);
    reader.Enter();
    return !reader.NextElement();
}

// A part of what a change is about; empty unless it is text or a number.
std::string TextAt(const json::Raw& object, const char* name) {
    const auto found = json::Find(object, {name});
    if (!found) return {};
    if (found->kind == Kind::kNumber) return std::string(found->text);
    return found->kind == Kind::kString ? json::Unescape(*found) : std::string();
}

class ChangeReader {
public:
    ChangeReader(std::string_view body, const json::Raw& value, const ChangeRules& rules)
        : body_(body), value_(value), rules_(rules) {}

    Change Run() {
        if (value_.kind != Kind::kObject) {
            Add("", "is " + std::string(json::Name(value_.kind)) + "; a change is an object");
            return std::move(change_);
        }
        FindKeys();
        for (std::size_t i = 0; i < kKeys; ++i) CheckKey(kShape[i], found_[i]);
        CheckAction();
        if (!change_.violations.empty()) return std::move(change_);
        NameSubject();
        Compare();
        if (rules_.compute && HasNoChanges()) {
            FillIn();
        } else if (rules_.verify && (IsUpdate() || !HasNoChanges())) {
            Verify();
        }
        return std::move(change_);
    }

private:
    void Add(std::string pointer, std::string message) {
        change_.violations.push_back({std::move(pointer), std::move(message)});
    }

    bool IsUpdate() const { return change_.action == "update"; }
    bool MayBeFilledIn(const Key& key) const { return rules_.compute && &key == &kShape[kChanges]; }
    bool HasNoChanges() const {
        const auto& changes = found_[kChanges];
        return !changes || changes->kind == Kind::kNull || IsEmptyArray(*changes);
    }

    void FindKeys() {
        json::Reader reader(value_.text);
        reader.Enter();
        for (std::string_view name; reader.NextMember(name);) {
            const json::Raw member = reader.Take();
            for (std::size_t i = 0; i < kKeys; ++i) {
                if (json::NameIs(name, kShape[i].name)) found_[i] = member;
            }
        }
    }

    void CheckKey(const Key& key, const std::optional<json::Raw>& value) {
        const bool fits = value && (value->kind == key.kinds[0] || value->kind == key.kinds[1]);
        if (fits || ((!value || value->kind == Kind::kNull) && MayBeFilledIn(key))) return;
        const std::string pointer = "/" + std::string(key.name);
        if (!value) return Add(pointer, "is missing; a change has it, and it is " + std::string(key.wanted));
        Add(pointer, "is " + std::string(json::Name(value->kind)) + "; of a change it is " + std::string(key.wanted));
    }

    void CheckAction() {
        const auto& action = found_[kAction];
        if (!action || action->kind != Kind::kString) return;
        change_.action = json::Unescape(*action);
        constexpr std::array<std::string_view, 3> kActions{"create", "update", "delete"};
        if (std::find(kActions.begin(), kActions.end(), change_.action) != kActions.end()) return;
        Add("/action", model::Quote(change_.action) + " is none of create, update and delete");
    }

    void NameSubject() {
        const std::string label = TextAt(*found_[kContentType], "app_label");
        const std::string model = TextAt(*found_[kContentType], "model");
        const std::string id = TextAt(*found_[kContentType], "id");
        if (!label.empty() && !model.empty() && !id.empty()) change_.subject = label + "." + model + "/" + id;
    }

    void Compare() {
        if (!IsUpdate() || !(rules_.compare || rules_.compute)) return;
        change_.is_unchanged = json::IsSame(found_[kOldObject]->text, found_[kNewObject]->text);
    }

    void FillIn() {
        if (!IsUpdate() || change_.is_unchanged) {
            const bool is_there = found_[kChanges] && found_[kChanges]->kind == Kind::kArray;
            if (!is_there) Splice("[]");
            return;
        }
        const auto patch = json::MakePatch(found_[kOldObject]->text, found_[kNewObject]->text);
        if (!patch) return Add("/changes", "cannot be computed: " + patch.error().message);
        Splice(*patch);
    }

    // All other bytes stay as they are.
    void Splice(std::string_view changes) {
        const auto& written = found_[kChanges];
        if (written) {
            const auto at = static_cast<std::size_t>(written->text.data() - body_.data());
            change_.data = Joined({body_.substr(0, at), changes, body_.substr(at + written->text.size())});
        } else {
            const auto brace = static_cast<std::size_t>(value_.text.data() + value_.text.size() - 1 - body_.data());
            change_.data = Joined({body_.substr(0, brace), ",\"changes\":", changes, body_.substr(brace)});
        }
    }

    static std::string Joined(std::initializer_list<std::string_view> parts) {
        std::string text;
        for (const std::string_view part : parts) text += part;
        return text;
    }

    void Verify() {
        const auto fault =
            json::FindPatchFault(found_[kChanges]->text, found_[kOldObject]->text, found_[kNewObject]->text);
        if (!fault) return;
        Add("/changes" + fault->pointer,
            fault->pointer.empty() ? "does not lead from old_object to new_object: " + fault->message : fault->message);
    }

    std::string_view body_;
    const json::Raw& value_;
    const ChangeRules& rules_;
    std::array<std::optional<json::Raw>, kKeys> found_;
    Change change_;
};

}  // namespace

Change ReadChange(std::string_view body, const json::Raw& value, const ChangeRules& rules) {
    return ChangeReader(body, value, rules).Run();
}

}  // namespace fanfare::profile
