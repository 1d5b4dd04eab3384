// libFuzzer over the reader of answers: no crash, and the same outcome however the bytes are cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http_client/answer_reader.hpp"

namespace {

using fanfare::http_client::Answer;
using fanfare::http_client::AnswerReader;

std::string Outcome(std::string_view bytes, std::size_t piece, bool to_head) {
    using Step = AnswerReader::Step;
    Answer answer;
    AnswerReader reader;
    answer.Start(64);
    reader.Start(answer, to_head);
    Step step = Step::kMore;
    for (std::size_t at = 0; at < bytes.size() && step == Step::kMore; at += piece) {
        const std::string part(bytes.substr(at, piece));  // in a place of its own, so that reading over its end shows
        step = reader.Take(part);
    }
    if (step == Step::kMore) step = reader.Close();
    if (step == Step::kBroken) return "broken " + std::to_string(reader.failure());
    const auto response = answer.Conclude({}, {});
    std::string text = std::to_string(response.status) + ' ' + response.body;
    for (const auto& [name, value] : response.headers) text.append("\n").append(name).append(": ").append(value);
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    if (count == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    const bool to_head = bytes[count - 1] == 'H';
    const std::string whole = Outcome(text, count, to_head);
    if (whole != Outcome(text, 1, to_head) || whole != Outcome(text, 1 + bytes[0] % 16, to_head)) std::abort();
    return 0;
}
