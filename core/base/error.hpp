// What went wrong on our side, in a form that every rim of the house can answer with: HTTP, exit status, log.
// What a destination did is not an error but data: model::Outcome.
#pragma once

#include <string>
#include <string_view>

namespace fanfare::base {

enum class Code {
    kInvalid,       // malformed input
    kUnauthorized,  // no or wrong credentials
    kForbidden,     // known, but not allowed
    kNotFound,
    kConflict,      // contradicts what is stored
    kTooLarge,      // above a limit
    kUnsupported,   // a format we do not speak
    kUnprocessable, // well-formed, breaks a rule
    kBusy,          // someone else holds it, or too much is waiting: try later
    kFull,          // no space left to store it
    kIo,            // the operating system failed us
    kCorrupt,       // stored data is not what we wrote, or newer than we know
    kConfig,        // the operator's configuration cannot work
    kInternal,      // our own mistake
};

std::string_view Name(Code code);
int HttpStatus(Code code);
// sysexits.h
int ExitStatus(Code code);

// message: what happened, to which object, what the operator can do. One line, no secrets.
struct Error {
    Code code = Code::kInternal;
    std::string message;
};

}  // namespace fanfare::base
