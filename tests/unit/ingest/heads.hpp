// A request's head that owns its text, and short ways to credentials.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <utility>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "http/server.hpp"
#include "model/access.hpp"

namespace fanfare::ingest {

class Head {
public:
    Head(std::initializer_list<std::pair<std::string, std::string>> headers) {
        for (const auto& [name, value] : headers) Add(name, value);
        head_.peer = "127.0.0.1:1";
    }
    Head(const Head&) = delete;
    Head& operator=(const Head&) = delete;

    Head& Add(const std::string& name, const std::string& value) {
        const std::string& kept_name = texts_.emplace_back(name);
        head_.headers.push_back({kept_name, texts_.emplace_back(value)});
        return *this;
    }
    operator const http::RequestHead&() const { return head_; }

private:
    std::deque<std::string> texts_;  // whose elements stay where they are
    http::RequestHead head_;
};

inline model::AccessToken HashOf(std::string_view token) {
    model::AccessToken known;
    known.hash = base::Sha256(token);
    return known;
}

}  // namespace fanfare::ingest
