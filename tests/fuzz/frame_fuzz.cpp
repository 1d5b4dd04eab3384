// libFuzzer over what a plugin's process sends: frames and their contents, cut anywhere, are taken or refused, and what
// is taken packs to what unpacks again.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "isolation/channel.hpp"
#include "isolation/message.hpp"

namespace {

using namespace fanfare;
using isolation::FrameReader;

void RunContent(std::string_view content) {
    if (const auto batch = isolation::UnpackBatch(content)) {
        if (!isolation::UnpackBatch(isolation::Pack(batch->id, batch->batch))) std::abort();
    }
    if (const auto answers = isolation::UnpackAnswers(content)) {
        if (!isolation::UnpackAnswers(isolation::Pack(*answers))) std::abort();
    }
    if (const auto order = isolation::UnpackOrder(content)) {
        if (!isolation::UnpackOrder(isolation::Pack(*order))) std::abort();
    }
    (void)isolation::UnpackReply(content);
    (void)isolation::UnpackNumber(content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    // What a socket takes at once, so that nothing here waits.
    if (count == 0 || count > 60'000) return 0;
    const std::string_view all(reinterpret_cast<const char*>(bytes), count);
    RunContent(all);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) std::abort();
    FrameReader reader;
    const std::size_t piece = 1 + bytes[0] % 64u * (count / 64 + 1);
    for (std::size_t at = 0; at < count; at += piece) {
        const std::string_view part = all.substr(at, piece);
        if (write(pair[1], part.data(), part.size()) < 0) std::abort();
        if (reader.ReadFrom(pair[0]) == FrameReader::Read::kEnd) break;
        while (const auto frame = reader.Next()) RunContent(frame->content);
    }
    close(pair[0]);
    close(pair[1]);
    return 0;
}
