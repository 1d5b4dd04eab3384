// Sends events to an Amazon SQS queue, up to ten with one request, each with an outcome of its own.
//
// Source: Amazon SQS API Reference, SendMessageBatch and GetQueueUrl, AWS JSON 1.0 protocol.
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fanfare/crypto.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/plugin.hpp>

#include "aws/client.hpp"
#include "aws/fault.hpp"
#include "aws/settings.hpp"
#include "message.hpp"
#include "options.hpp"
#include "schema.hpp"

namespace fanfare::plugins::sqs {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxEntries = 10;

std::string Member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

aws::Call CallOf(const char* action, std::string body, Deadline deadline) {
    aws::Call call;
    call.headers = {{"content-type", "application/x-amz-json-1.0"},
                    {"x-amz-target", std::string("AmazonSQS.") + action}};
    call.body = std::move(body);
    call.deadline = deadline;
    return call;
}

// One message can be what a whole request is refused for.
bool IsAboutMessages(std::string_view fault) {
    constexpr std::string_view kFaults[] = {"BatchRequestTooLong",         "AWS.SimpleQueueService.BatchRequestTooLong",
                                            "InvalidMessageContents",      "InvalidParameterValue",
                                            "InvalidParameterCombination", "MissingParameter"};
    return std::find(std::begin(kFaults), std::end(kFaults), fault) != std::end(kFaults);
}
bool IsNoQueue(std::string_view fault) {
    return fault == "QueueDoesNotExist" || fault == "AWS.SimpleQueueService.NonExistentQueue";
}

class SqsSink {
public:
    // One batch is one request at a time: so `concurrency`, which counts batches in flight, is the number of requests
    // that the queue sees at once.
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Sends events to an Amazon SQS queue, standard or FIFO, in batches",
                                  kSchema,
                                  /*max_batch_events*/ kMaxEntries};

    SqsSink(const Host& host, const Config& config)
        : crypto_(host),
          config_(config),
          options_(ReadOptions(config)),
          queue_url_(options_.queue_url),
          client_(host, config, aws::ReadSettings(config, ServiceOf(options_), aws::Surroundings::OfThisProcess()),
                  "sqs", aws::Surroundings::OfThisProcess()) {}

    void validate() { aws::ReadWanted(config_); }

    void deliver(Batch&& batch) {
        const auto run = std::make_shared<Run>(std::move(batch));
        if (!queue_url_.empty()) return Next(run);
        waiting_.push_back(run);
        if (waiting_.size() == 1) AskForQueue(run->batch.deadline());
    }

private:
    // What is left to do of one batch.
    struct Run {
        explicit Run(Batch&& from) : batch(std::move(from)), at_once(batch.ordered() ? 1 : kMaxEntries) {}
        Batch batch;
        std::size_t next = 0;
        std::size_t at_once;  // entries with one request; in order: one, since of several some may fail
    };
    using RunPtr = std::shared_ptr<Run>;
    using Entries = std::vector<Entry>;

    void AskForQueue(Deadline deadline) {
        std::string body = "{\"QueueName\":\"" + options_.queue + '"';
        if (!options_.queue_owner.empty()) body += ",\"QueueOwnerAWSAccountId\":\"" + options_.queue_owner + '"';
        client_.Send(CallOf("GetQueueUrl", body + '}', deadline), [this](const aws::Answer& answer) {
            Outcome outcome = answer.outcome;
            if (outcome.is_delivered()) {
                const json found = json::parse(answer.body, nullptr, /*allow_exceptions*/ false);
                queue_url_ = found.is_object() ? Member(found, "QueueUrl") : std::string();
                outcome = Outcome::retry(client_.settings().host + " gave no URL for queue " + options_.queue);
            }
            for (const RunPtr& run : std::exchange(waiting_, {})) {
                if (queue_url_.empty()) {
                    run->batch.answer_all(outcome);
                } else {
                    Next(run);
                }
            }
        });
    }

    // Sends what fits into one request, and goes on from there when it is answered.
    void Next(const RunPtr& run) {
        Entries entries;
        for (std::size_t bytes = 0; run->next < run->batch.size() && entries.size() < run->at_once; ++run->next) {
            if (!run->batch.is_open(run->next)) continue;
            auto made = MakeEntry(run->batch[run->next], run->next, options_, crypto_);
            if (const auto* unfit = std::get_if<Outcome>(&made)) {
                run->batch.answer(run->next, *unfit);
                if (run->batch.ordered()) return GiveBack(run);
                continue;
            }
            auto& entry = std::get<Entry>(made);
            bytes += entry.size;
            if (!entries.empty() && bytes > options_.max_message_bytes) break;
            entries.push_back(std::move(entry));
        }
        if (!entries.empty()) Send(run, std::move(entries));
    }

    void Send(const RunPtr& run, Entries entries) {
        std::string body = "{\"QueueUrl\":";
        append_json_string(body, queue_url_);
        body += ",\"Entries\":[";
        for (Entry& entry : entries) {
            if (body.back() != '[') body += ',';
            body += std::exchange(entry.json, {});
        }
        aws::Call call = CallOf("SendMessageBatch", body + "]}", run->batch.deadline());
        client_.Send(std::move(call), [this, run, entries = std::move(entries)](const aws::Answer& answer) {
            TakeAnswer(run, entries, answer);
        });
    }

    void TakeAnswer(const RunPtr& run, const Entries& entries, const aws::Answer& answer) {
        if (answer.outcome.is_delivered()) return TakeResults(run, entries, answer);
        const bool about_messages = IsAboutMessages(answer.fault);
        if (about_messages && entries.size() > 1) {
            run->at_once = 1;  // to find out which
            run->next = entries.front().index;
            return Next(run);
        }
        if (IsNoQueue(answer.fault)) queue_url_ = options_.queue_url;
        for (const Entry& entry : entries) run->batch.answer(entry.index, answer.outcome);
        // What the service says of a request, not of a message, it would say of the next one as well.
        if (about_messages && !run->batch.ordered()) return Next(run);
        GiveBack(run);
    }

    void TakeResults(const RunPtr& run, const Entries& entries, const aws::Answer& answer) {
        const json body = json::parse(answer.body, nullptr, /*allow_exceptions*/ false);
        std::map<std::string, const json*> results;
        for (const char* list : {"Successful", "Failed"}) {
            if (!body.is_object() || !body.contains(list)) continue;
            for (const json& result : body[list]) {
                if (result.is_object()) results[Member(result, "Id")] = &result;
            }
        }
        bool all = true;
        for (const Entry& entry : entries) {
            const auto found = results.find(std::to_string(entry.index));
            const json* result = found == results.end() ? nullptr : found->second;
            const Outcome outcome = OutcomeOf(entry, result, answer.outcome);
            all = all && outcome.is_delivered();
            run->batch.answer(entry.index, outcome);
        }
        if (run->batch.ordered() && !all) return GiveBack(run);
        Next(run);
    }

    // `outcome`: of the request, which was delivered.
    Outcome OutcomeOf(const Entry& entry, const json* result, Outcome outcome) const {
        const std::string& host = client_.settings().host;
        outcome.kind = FANFARE_RETRY;
        outcome.response.clear();
        if (result == nullptr) {
            outcome.reason = host + " did not say what became of the message";
            return outcome;
        }
        const std::string id = Member(*result, "MessageId");
        if (id.empty()) return Failed(*result, std::move(outcome));
        outcome.response = "MessageId " + id;
        if (Differs(Member(*result, "MD5OfMessageBody"), entry.body_md5) ||
            Differs(Member(*result, "MD5OfMessageAttributes"), entry.attributes_md5)) {
            outcome.reason = host + " has stored another message than was sent: its MD5 differs";
            return outcome;
        }
        outcome.kind = FANFARE_DELIVERED;
        return outcome;
    }

    Outcome Failed(const json& result, Outcome outcome) const {
        const aws::Fault fault{Member(result, "Code"), Member(result, "Message")};
        const auto sender = result.find("SenderFault");
        const bool ours = sender != result.end() && sender->is_boolean() && sender->get<bool>();
        outcome.kind = ours && !aws::IsTemporary(fault.code) ? FANFARE_REJECTED : FANFARE_RETRY;
        outcome.response = aws::Words(fault, {});
        outcome.reason = client_.settings().host + " says " + outcome.response;
        return outcome;
    }

    static bool Differs(const std::string& theirs, const std::string& ours) {
        return !theirs.empty() && !ours.empty() && theirs != ours;
    }

    static void GiveBack(const RunPtr& run) {
        run->batch.answer_all(Outcome::not_attempted("an event before it in the batch was not delivered"));
    }

    Crypto crypto_;
    Config config_;
    Options options_;
    std::string queue_url_;  // empty: not known yet
    aws::Client client_;
    std::vector<RunPtr> waiting_;  // for it
};

}  // namespace
}  // namespace fanfare::plugins::sqs

FANFARE_PLUGIN(fanfare::plugins::sqs::SqsSink);
