// libFuzzer over the reader of answers: no crash, and the same outcome however the bytes are cut.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http_client/answer_reader.hpp"

namespace {

using fanfare::http_client::Answer;
using fanfare::http_client::AnswerReader;
using fanfare::http_client::Failure;
using fanfare::http_client::Target;

std::string Outcome(std::string_view bytes, std::size_t piece, bool to_head) {
    Answer answer;
    answer.Start(64);
    AnswerReader reader;
    reader.Start(answer, to_head);
    AnswerReader::Step step = AnswerReader::Step::kMore;
    while (!bytes.empty() && step == AnswerReader::Step::kMore) {
        step = reader.Take(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    if (step == AnswerReader::Step::kMore) step = reader.Close();
    if (step != AnswerReader::Step::kDone) return step == AnswerReader::Step::kBroken ? "broken" : "more";
    const Target target{.https = false, .host = "h", .port = 80, .unix_socket = {}};
    Failure failure;
    failure.sends = 1;
    const auto response = answer.Conclude(failure, target);
    std::string text = std::to_string(response.status) + ' ' + response.body;
    for (const auto& [name, value] : response.headers) text += '\n' + name + ':' + value;
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t count) {
    if (count == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, count - 1);
    const bool to_head = data[0] % 2 == 1;
    const std::string whole = Outcome(bytes, count, to_head);
    if (whole != Outcome(bytes, 1, to_head) || whole != Outcome(bytes, 1 + data[0] % 16, to_head)) std::abort();
    return 0;
}
