// Hashes of bearer tokens, of a realm or of the admin API.
#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kHowToHash =
    "write the line that 'fanfare token new' prints, or what 'fanfare token hash' makes of a token on its standard "
    "input: \"sha256:\" and 64 hexadecimal digits";

std::optional<base::Digest> ParseHash(std::string_view text) {
    if (!text.starts_with(kHashPrefix)) return std::nullopt;
    const auto bytes = base::DecodeHex(text.substr(kHashPrefix.size()));
    base::Digest digest{};
    if (!bytes || bytes->size() != digest.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

base::Time ToTime(const toml::date_time& at) {
    const auto day = std::chrono::sys_days(std::chrono::year(at.date.year) / at.date.month / at.date.day);
    return std::chrono::time_point_cast<base::Duration>(day) + std::chrono::hours(at.time.hour) +
           std::chrono::minutes(at.time.minute) + std::chrono::seconds(at.time.second) +
           base::Duration(at.time.nanosecond / 1000) - std::chrono::minutes(at.offset ? at.offset->minutes : 0);
}

class TokenReader {
public:
    TokenReader(const Scope& scope, Keys& keys, std::string_view key, const std::string& title,
                std::vector<model::AccessToken>& out)
        : scope_(scope), keys_(keys), key_(key), title_(title), out_(out) {}

    void Read() {
        const toml::node* const node = keys_.Find(key_);
        if (!node) return;
        const toml::array* const list = node->as_array();
        if (!list) return ReadToken(*node);
        if (list->empty()) {
            scope_.Error(*node, Quoted(key_) + " is an empty list: that could mean nobody or everybody",
                         "leave it out where nobody is asked for one; make a token with 'fanfare token new'");
        }
        for (const toml::node& element : *list) ReadToken(element);
    }

private:
    void ReadToken(const toml::node& node) {
        model::AccessToken token;
        bool good = true;
        if (const toml::table* const table = node.as_table()) {
            good = ReadTokenTable(*table, token);
        } else {
            good = ReadHash(node, key_, token);
        }
        if (!good) return;
        const auto same = [&](const model::AccessToken& other) { return other.hash == token.hash; };
        if (std::any_of(out_.begin(), out_.end(), same)) {
            scope_.Error(node, "this token stands twice in " + title_, "keep one of the two");
        }
        out_.push_back(std::move(token));
    }

    bool ReadTokenTable(const toml::table& table, model::AccessToken& token) {
        Keys keys(scope_, table, Quoted(key_) + " of " + title_);
        const toml::node* const hash = keys.Find("hash");
        if (!hash && !scope_.document.MayHaveLost("hash")) {
            scope_.Error(table, "a token of " + title_ + " has no 'hash'", std::string(kHowToHash));
        }
        const bool good = hash && ReadHash(*hash, "hash", token);
        keys.String("label", token.label);
        ReadTime(keys, "not_before", token.not_before);
        ReadTime(keys, "not_after", token.not_after);
        keys.RefuseUnknown();
        if (token.not_before && token.not_after && *token.not_before >= *token.not_after) {
            scope_.Error(table, "a token of " + title_ + " is never valid: 'not_after' is not behind 'not_before'",
                         "set 'not_after' to a later time");
        }
        return good;
    }

    // Says nothing of the text: it may be the token itself.
    bool ReadHash(const toml::node& node, std::string_view key, model::AccessToken& token) {
        std::string text;
        if (!ReadString(scope_, node, key, text)) return false;
        const auto hash = ParseHash(text);
        if (!hash) {
            scope_.Error(node, "this is not the hash of a token: the configuration must not hold the token itself",
                         std::string(kHowToHash));
        } else {
            token.hash = *hash;
        }
        return hash.has_value();
    }

    void ReadTime(Keys& keys, std::string_view key, std::optional<base::Time>& out) {
        const toml::node* const node = keys.Find(key);
        if (!node) return;
        const toml::value<toml::date_time>* const value = node->as_date_time();
        if (!value || !value->get().offset) {
            scope_.Error(*node, Quoted(key) + " must be a date and time with its offset, not in quotes",
                         "write it as in: " + std::string(key) + " = 2030-01-31T00:00:00Z");
        } else {
            out = ToTime(value->get());
        }
    }

    const Scope& scope_;
    Keys& keys_;
    const std::string_view key_;
    const std::string& title_;
    std::vector<model::AccessToken>& out_;
};

}  // namespace

void ReadTokens(const Scope& scope, Keys& keys, std::string_view key, const std::string& title,
                std::vector<model::AccessToken>& out) {
    TokenReader(scope, keys, key, title, out).Read();
}

}  // namespace fanfare::config
