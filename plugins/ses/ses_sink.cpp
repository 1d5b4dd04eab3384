// Sends each event as a mail through Amazon SES.
#include <memory>
#include <string>
#include <utility>

#include <fanfare/plugin.hpp>

#include "aws/client.hpp"
#include "aws/settings.hpp"
#include "mail.hpp"
#include "options.hpp"
#include "request.hpp"
#include "schema.hpp"

namespace fanfare::plugins::ses {
namespace {

class SesSink {
public:
    // One event, one mail, one request: so that `concurrency`, which counts batches in flight, is the number of
    // requests that SES sees at once; and a batch of one is in order.
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Sends each event as a mail through Amazon SES",
                                  kSchema,
                                  /*max_batch_events*/ 1};

    SesSink(const Host& host, const Config& config)
        : config_(config),
          options_(ReadOptions(config)),
          client_(host, config, aws::ReadSettings(config, ServiceOf(options_), aws::Surroundings::OfThisProcess()),
                  "ses", aws::Surroundings::OfThisProcess()) {}

    void validate() { aws::ReadWanted(config_); }

    void deliver(Batch&& from) {
        const std::shared_ptr<Batch> batch = share(std::move(from));
        aws::Call call;
        try {
            call = CallOf((*batch)[0]);
        } catch (const ConfigError& e) {
            // What is rendered stays as it is over all attempts: it will not mend.
            return batch->answer(0, Outcome::rejected(e.what()));
        }
        call.deadline = batch->deadline();
        client_.Send(std::move(call), [batch](const aws::Answer& answer) { batch->answer(0, OutcomeOf(answer)); });
    }

private:
    aws::Call CallOf(const Event& event) const {
        const Mail mail = MakeMail(event, options_);
        return options_.v1 ? CallOfV1(mail, options_) : CallOfV2(mail, options_);
    }

    static Outcome OutcomeOf(const aws::Answer& answer) {
        Outcome outcome = answer.outcome;
        if (!outcome.is_delivered()) return outcome;
        const std::string id = MessageIdOf(answer.body);
        if (!id.empty()) return std::move(outcome).with_response("MessageId " + id);
        outcome.kind = FANFARE_RETRY;
        outcome.reason = "the answer names no MessageId: whatever is at the endpoint, it is not SES";
        return outcome;
    }

    Config config_;
    Options options_;
    aws::Client client_;
};

}  // namespace
}  // namespace fanfare::plugins::ses

FANFARE_PLUGIN(fanfare::plugins::ses::SesSink);
