#include "ingest/faults.hpp"

#include <algorithm>

namespace fanfare::ingest {
namespace {

constexpr std::size_t kMostFaults = 100;  // more help nobody, and an answer has a bound

std::string Sentence(const model::Fault& fault) {
    return fault.pointer.empty() ? fault.message : fault.pointer + ": " + fault.message;
}

}  // namespace

Decoded Refuse(base::Code code, std::string pointer, std::string message) {
    model::Fault fault{std::move(pointer), std::move(message)};
    base::Error error{code, Sentence(fault)};
    return {{}, {}, Refusal{std::move(error), {std::move(fault)}}};
}

void Faults::Add(std::string pointer, std::string message) {
    is_malformed_ = true;
    Keep(std::move(pointer), std::move(message));
}

void Faults::AddViolation(std::string pointer, std::string message) { Keep(std::move(pointer), std::move(message)); }

void Faults::Keep(std::string pointer, std::string message) {
    if (faults_.size() == kMostFaults) {
        ++left_out_;
        return;
    }
    faults_.push_back({std::move(pointer), std::move(message)});
}

void Faults::AddOnce(std::size_t mark, std::string pointer, std::string message) {
    const auto same = [&](const model::Fault& fault) { return fault.pointer == pointer; };
    const auto from = faults_.begin() + static_cast<std::ptrdiff_t>(std::min(mark, faults_.size()));
    if (pointer.empty() || std::none_of(from, faults_.end(), same)) Add(std::move(pointer), std::move(message));
}

Decoded Faults::Refuse() {
    std::string message = Sentence(faults_.front());
    const std::size_t more = faults_.size() - 1 + left_out_;
    if (more > 0) message += " (and " + std::to_string(more) + (more == 1 ? " more fault)" : " more faults)");
    const base::Code code = is_malformed_ ? base::Code::kInvalid : base::Code::kUnprocessable;
    return {{}, {}, Refusal{{code, std::move(message)}, std::move(faults_)}};
}

}  // namespace fanfare::ingest
