#include "topology.hpp"

#include <fanfare/text.hpp>

namespace fanfare::plugins::amqp {
namespace {

amqp_field_value_t ValueOf(const Argument& argument) {
    amqp_field_value_t out = {};
    if (const auto* text = std::get_if<std::string>(&argument.value)) {
        out.kind = AMQP_FIELD_KIND_UTF8;
        out.value.bytes = Bytes(*text);
    } else if (const auto* number = std::get_if<std::int64_t>(&argument.value)) {
        out.kind = AMQP_FIELD_KIND_I64;
        out.value.i64 = *number;
    } else {
        out.kind = AMQP_FIELD_KIND_BOOLEAN;
        out.value.boolean = std::get<bool>(argument.value) ? 1 : 0;
    }
    return out;
}

std::vector<amqp_table_entry_t> EntriesOf(const std::vector<Argument>& arguments) {
    std::vector<amqp_table_entry_t> out;
    for (const Argument& argument : arguments) out.push_back({Bytes(argument.name), ValueOf(argument)});
    return out;
}

amqp_table_t TableOf(std::vector<amqp_table_entry_t>& entries) {
    return {static_cast<int>(entries.size()), entries.data()};
}

std::string Quoted(std::string_view what, std::string_view name) {
    return std::string(what) + " '" + first_line(name, 255) + "'";
}

// An exchange that is only looked for may be of any type: a passive declaration ignores it (AMQP 0-9-1,
// exchange.declare).
void SendExchange(const Options& options, FrameWriter& writer, std::string& out) {
    const ExchangeDeclaration& wanted = *options.declare_exchange;
    std::vector<amqp_table_entry_t> entries = EntriesOf(wanted.arguments);
    amqp_exchange_declare_t method = {};
    method.exchange = Bytes(options.exchange);
    method.type = Bytes(wanted.type);
    method.passive = wanted.passive;
    method.durable = wanted.durable;
    method.auto_delete = wanted.auto_delete;
    method.arguments = TableOf(entries);
    writer.AppendMethod(out, kOurChannel, AMQP_EXCHANGE_DECLARE_METHOD, &method);
}

void SendQueue(const QueueDeclaration& wanted, FrameWriter& writer, std::string& out) {
    std::vector<amqp_table_entry_t> entries = EntriesOf(wanted.arguments);
    amqp_queue_declare_t method = {};
    method.queue = Bytes(wanted.name);
    method.passive = wanted.passive;
    method.durable = wanted.durable;
    method.auto_delete = wanted.auto_delete;
    method.arguments = TableOf(entries);
    writer.AppendMethod(out, kOurChannel, AMQP_QUEUE_DECLARE_METHOD, &method);
}

void SendBinding(const Options& options, FrameWriter& writer, std::string& out) {
    amqp_queue_bind_t method = {};
    method.queue = Bytes(options.declare_queue->name);
    method.exchange = Bytes(options.exchange);
    method.routing_key = Bytes(options.declare_queue->binding_key);
    writer.AppendMethod(out, kOurChannel, AMQP_QUEUE_BIND_METHOD, &method);
}

void SendOpen(FrameWriter& writer, std::string& out) {
    amqp_channel_open_t method = {};
    writer.AppendMethod(out, kOurChannel, AMQP_CHANNEL_OPEN_METHOD, &method);
}

void SendSelect(FrameWriter& writer, std::string& out) {
    amqp_confirm_select_t method = {};
    writer.AppendMethod(out, kOurChannel, AMQP_CONFIRM_SELECT_METHOD, &method);
}

}  // namespace

std::vector<Step> ChannelSteps(const Options& options) {
    std::vector<Step> steps = {{SendOpen, AMQP_CHANNEL_OPEN_OK_METHOD, "open a channel"},
                               {SendSelect, AMQP_CONFIRM_SELECT_OK_METHOD, "ask for publisher confirms"}};
    if (options.declare_exchange) {
        steps.push_back({[&options](FrameWriter& writer, std::string& out) { SendExchange(options, writer, out); },
                         AMQP_EXCHANGE_DECLARE_OK_METHOD, Quoted("declare the exchange", options.exchange)});
    }
    if (!options.declare_queue) return steps;
    const QueueDeclaration& queue = *options.declare_queue;
    steps.push_back({[&queue](FrameWriter& writer, std::string& out) { SendQueue(queue, writer, out); },
                     AMQP_QUEUE_DECLARE_OK_METHOD, Quoted("declare the queue", queue.name)});
    if (queue.passive || options.exchange.empty()) return steps;
    steps.push_back({[&options](FrameWriter& writer, std::string& out) { SendBinding(options, writer, out); },
                     AMQP_QUEUE_BIND_OK_METHOD, Quoted("bind the queue", queue.name)});
    return steps;
}

}  // namespace fanfare::plugins::amqp
