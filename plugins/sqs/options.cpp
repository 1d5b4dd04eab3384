#include "options.hpp"

#include <fanfare/text.hpp>

#include "aws/text.hpp"

namespace fanfare::plugins::sqs {

namespace {

bool IsFifo(std::string_view name) {
    constexpr std::string_view kSuffix = ".fifo";
    return name.size() > kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix;
}

// "sqs.eu-west-1.amazonaws.com", "vpce-1.sqs.eu-west-1.vpce.amazonaws.com", "eu-west-1.queue.amazonaws.com"; else
// empty.
std::string RegionOf(std::string_view host) {
    if (host.find(".amazonaws.com") == std::string_view::npos) return {};
    const std::size_t queue = host.find(".queue.amazonaws.");
    if (queue != std::string_view::npos) return std::string(host.substr(0, queue));
    const std::size_t label = host.substr(0, 4) == "sqs." ? 0 : host.find(".sqs.");
    if (label == std::string_view::npos) return {};
    const std::string_view rest = host.substr(label == 0 ? 4 : label + 5);
    return std::string(rest.substr(0, rest.find('.')));
}

void CheckQueue(const Options& options) {
    if (options.queue_url.empty() == options.queue.empty()) {
        throw ConfigError("say either queue_url or queue (its name): exactly one of them");
    }
    if (options.queue_url.empty()) return;
    if (!options.queue_owner.empty()) throw ConfigError("queue_owner goes with queue; a queue_url names it already");
    const auto url = aws::ParseUrl(options.queue_url);
    if (!url || url->path.size() < 2 || !url->query.empty()) {
        throw ConfigError(
            "queue_url is not the URL of a queue: it reads like "
            "https://sqs.eu-west-1.amazonaws.com/123456789012/orders");
    }
}

void CheckFifo(const Options& options) {
    if (options.fifo && options.delay_seconds) {
        throw ConfigError("delay_seconds does not go with a FIFO queue: set the delay of the queue itself");
    }
    if (!options.fifo && options.deduplication_id.is_set()) {
        throw ConfigError("deduplication_id goes with FIFO queues only, whose names end in .fifo: remove it");
    }
}

}  // namespace

Options ReadOptions(const Config& config) {
    Options out;
    out.queue_url = config.str("/queue_url", "");
    out.queue = config.str("/queue", "");
    out.queue_owner = config.str("/queue_owner", "");
    CheckQueue(out);
    out.fifo = IsFifo(out.queue_url.empty() ? out.queue : out.queue_url);
    out.group_id = aws::OptionText::Of(config, "/message_group_id");
    out.deduplication_id = aws::OptionText::Of(config, "/deduplication_id");
    if (config.has("/delay_seconds")) out.delay_seconds = config.i64("/delay_seconds");
    CheckFifo(out);
    out.max_message_bytes = static_cast<std::size_t>(config.i64("/max_message_bytes", 1 << 20));
    out.base64 = config.str("/encoding", "text") == "base64";
    if (config.has("/attributes")) {
        out.attributes.emplace();
        for (std::size_t i = 0; i < config.size("/attributes"); ++i) {
            out.attributes->push_back(config.str("/attributes/" + std::to_string(i)));
        }
    }
    return out;
}

aws::Service ServiceOf(const Options& options) {
    aws::Service service{"sqs", "SQS"};
    if (options.queue_url.empty()) return service;
    const aws::Url url = aws::ParseUrl(options.queue_url).value();
    service.origin = url.origin;
    service.region = RegionOf(aws::LowerCase(url.host));
    return service;
}

}  // namespace fanfare::plugins::sqs
