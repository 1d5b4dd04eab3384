#include "schema/place.hpp"

#include "json/value.hpp"

namespace fanfare::schema {
namespace {

constexpr std::size_t kMaxPointer = 1024;
constexpr std::size_t kMaxName = 256;
constexpr std::string_view kCut = "...";

// Where to cut so that no character of UTF-8 is torn.
std::size_t Boundary(std::string_view text, std::size_t at) {
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
    return at;
}

}  // namespace

std::vector<const Place*> Place::Trail() const {
    std::vector<const Place*> trail;
    for (const Place* place = this; place->above_ != nullptr; place = place->above_) trail.push_back(place);
    return {trail.rbegin(), trail.rend()};
}

std::string Place::Pointer() const {
    std::string pointer;
    for (const Place* place : Trail()) {
        if (place->is_element_) {
            pointer += '/' + std::to_string(place->element_);
        } else {
            pointer += json::PointerTo({}, place->member_.substr(0, kMaxPointer));
        }
        if (pointer.size() > kMaxPointer) return pointer.substr(0, Boundary(pointer, kMaxPointer)).append(kCut);
    }
    return pointer;
}

std::string Place::Name() const {
    std::string name;
    for (const Place* place : Trail()) {
        if (place->is_element_) {
            name += '[' + std::to_string(place->element_) + ']';
        } else {
            name += (name.empty() ? "" : ".") + Shortened(place->member_, kMaxName);
        }
        if (name.size() > kMaxName) return Shortened(name, kMaxName);
    }
    return name;
}

std::string Shortened(std::string_view text, std::size_t most) {
    std::string out(text.size() <= most ? text : text.substr(0, Boundary(text, most)));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') c = '?';
    }
    if (text.size() > most) out += kCut;
    return out;
}

}  // namespace fanfare::schema
