// Sends events to Redis: as entries of a stream, elements of a list, or messages on a Pub/Sub channel.
#include <fanfare/plugin.hpp>

#include "engine.hpp"
#include "options.hpp"
#include "schema.hpp"
#include "net/tls.hpp"

namespace fanfare::plugins::redis {
namespace {

class RedisSink {
public:
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Adds events to Redis streams or lists, or publishes them",
                                  kSchema,
                                  /*max_batch_events*/ 512};

    RedisSink(const Host& host, const Config& config)
        : options_(ReadOptions(config)), engine_(host, config, options_) {}

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
}  // namespace fanfare::plugins::redis

FANFARE_PLUGIN(fanfare::plugins::redis::RedisSink);
