#include "base/error.hpp"

#include <sysexits.h>

namespace fanfare::base {
namespace {

struct Row {
    std::string_view name;
    int http;
    int exit;
};

Row Find(Code code) {
    switch (code) {
        case Code::kInvalid: return {"invalid", 400, EX_DATAERR};
        case Code::kUnauthorized: return {"unauthorized", 401, EX_NOPERM};
        case Code::kForbidden: return {"forbidden", 403, EX_NOPERM};
        case Code::kNotFound: return {"not-found", 404, EX_NOINPUT};
        case Code::kConflict: return {"conflict", 409, EX_DATAERR};
        case Code::kTooLarge: return {"too-large", 413, EX_DATAERR};
        case Code::kUnsupported: return {"unsupported", 415, EX_DATAERR};
        case Code::kUnprocessable: return {"unprocessable", 422, EX_DATAERR};
        case Code::kBusy: return {"busy", 503, EX_TEMPFAIL};
        case Code::kFull: return {"full", 507, EX_IOERR};
        case Code::kIo: return {"io", 503, EX_IOERR};
        case Code::kCorrupt: return {"corrupt", 500, EX_DATAERR};
        case Code::kConfig: return {"config", 500, EX_CONFIG};
        case Code::kInternal: return {"internal", 500, EX_SOFTWARE};
    }
    return {"internal", 500, EX_SOFTWARE};
}

}  // namespace

std::string_view Name(Code code) { return Find(code).name; }
int HttpStatus(Code code) { return Find(code).http; }
int ExitStatus(Code code) { return Find(code).exit; }

}  // namespace fanfare::base
