// Walks over scanned JSON text in one pass, forward only, and copies nothing. The caller keeps track of what it has
// entered; the depth is bounded by the scan.
//   Reader reader(raw.text);
//   reader.Enter();
//   for (std::string_view name; reader.NextMember(name);) Use(name, reader.Take());
// On text that was never scanned it answers nonsense, but ends and stays inside of the text.
#pragma once

#include <string_view>

#include "json/scan.hpp"

namespace fanfare::json {

class Reader {
public:
    // `text` must outlive the reader.
    explicit Reader(std::string_view text);

    // Of the value that stands next.
    Kind kind() const;
    // Reads past the value that stands next.
    Raw Take();
    // Steps into the object or array that stands next.
    void Enter();
    // In an object: steps to the value of its next member, or out of the object if there is none.
    bool NextMember(std::string_view& name);
    // In an array: steps to its next element, or out of the array if there is none.
    bool NextElement();

private:
    bool AtNext(char close);
    void SkipString();
    void SkipNested();
    void SkipScalar();

    const char* at_;
    const char* end_;
};

}  // namespace fanfare::json
