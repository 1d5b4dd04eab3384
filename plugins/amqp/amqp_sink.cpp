// Publishes events to a broker of AMQP 0-9-1, RabbitMQ above all, each confirmed by it.
#include <fanfare/plugin.hpp>

#include "engine.hpp"
#include "options.hpp"
#include "schema.hpp"
#include "net/tls.hpp"

namespace fanfare::plugins::amqp {
namespace {

class AmqpSink {
public:
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Publishes events to RabbitMQ and other AMQP 0-9-1 brokers, with publisher confirms",
                                  kSchema,
                                  /*max_batch_events*/ 256};

    AmqpSink(const Host& host, const Config& config) : options_(ReadOptions(config)), engine_(host, config, options_) {}

    void validate() {
        if (options_.tls) MakeTlsContext(*options_.tls);
    }
    void start() { engine_.Start(); }
    void deliver(Batch&& batch) { engine_.Submit(std::move(batch)); }
    void stop(Deadline deadline) { engine_.Stop(deadline); }

private:
    const Options options_;
    Engine engine_;
};

}  // namespace
}  // namespace fanfare::plugins::amqp

FANFARE_PLUGIN(fanfare::plugins::amqp::AmqpSink);
