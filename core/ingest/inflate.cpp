#include "ingest/inflate.hpp"

#include <zlib.h>

#include <algorithm>

namespace fanfare::ingest {
namespace {

// Window of 32 KiB, gzip header expected (zlib manual, inflateInit2).
constexpr int kGzip = 15 + 16;
constexpr std::size_t kStep = 64u << 10;

struct Stream {
    z_stream z{};
    bool ready = inflateInit2(&z, kGzip) == Z_OK;
    ~Stream() {
        if (ready) inflateEnd(&z);
    }
};

}  // namespace

base::Result<std::string> Inflate(std::string_view body, std::size_t limit) {
    Stream stream;
    if (!stream.ready) return base::MakeError(base::Code::kInternal, "cannot set up gzip: out of memory");
    // zlib does not write to its input; its interface is older than const.
    stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.z.avail_in = static_cast<uInt>(body.size());
    std::string out;
    int end = Z_OK;
    while (end == Z_OK) {
        const std::size_t had = out.size();
        if (had > limit) break;
        out.resize(had + std::min(kStep, limit + 1 - had));
        stream.z.next_out = reinterpret_cast<Bytef*>(out.data() + had);
        stream.z.avail_out = static_cast<uInt>(out.size() - had);
        end = inflate(&stream.z, Z_NO_FLUSH);
        out.resize(out.size() - stream.z.avail_out);
    }
    if (out.size() > limit) {
        return base::MakeError(base::Code::kTooLarge, "the inflated body is larger than " + std::to_string(limit) + " bytes");
    }
    if (end != Z_STREAM_END || stream.z.avail_in != 0) {
        return base::MakeError(base::Code::kInvalid, "the body is not one complete gzip stream");
    }
    return out;
}

}  // namespace fanfare::ingest
