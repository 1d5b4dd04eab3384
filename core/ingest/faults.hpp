// Collects what is wrong with a request. Inside of the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/decode.hpp"

namespace fanfare::ingest {

// Refuses for one reason.
Decoded Refuse(base::Code code, std::string pointer, std::string message);

class Faults {
public:
    bool empty() const { return faults_.empty(); }
    // Where the faults of the next event begin.
    std::size_t mark() const { return faults_.size(); }

    void Add(std::string pointer, std::string message);
    // What is well-formed, but not as a profile or a schema wants it.
    void AddViolation(std::string pointer, std::string message);
    // Unless the place has one since `mark` already: the first says it best.
    void AddOnce(std::size_t mark, std::string pointer, std::string message);

    // kInvalid, or kUnprocessable if there are violations only; with the first fault as message.
    Decoded Refuse();

private:
    void Keep(std::string pointer, std::string message);

    std::vector<model::Fault> faults_;
    std::size_t left_out_ = 0;
    bool is_malformed_ = false;
};

}  // namespace fanfare::ingest
