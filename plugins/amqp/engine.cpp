#include "engine.hpp"

#include <algorithm>
#include <chrono>

namespace fanfare::plugins::amqp {

Engine::Engine(const Host& host, const Config& config, const Options& options)
    : net::Worker(host, "amqp"),
      publisher_(host, options,
                 [this](const Item& item, const Outcome& outcome) { Finish(item.job, item.index, outcome); }),
      dialer_(options, config, publisher_) {}

Engine::~Engine() { Stop(std::chrono::steady_clock::now()); }

void Engine::Enqueue(const net::JobPtr& job, std::size_t index) {
    publisher_.Enqueue({job, static_cast<std::uint32_t>(index)});
}

void Engine::Expire(net::Job& job) { publisher_.Expire(job, NotYetSent()); }

// That the broker blocks, or is slow, is no attempt of the event.
Outcome Engine::NotYetSent() const {
    const Connection* const connection = dialer_.connection();
    if (connection == nullptr || !connection->is_ready()) {
        return Outcome::unreachable("no connection in time: " + dialer_.fault_by_now());
    }
    if (publisher_.is_blocked()) {
        return Outcome::not_attempted("the broker blocks publishing: " + publisher_.blocked());
    }
    return Outcome::not_attempted("the time for this batch was over before its turn: the broker confirms slowly");
}

void Engine::WindUp(bool is_last) {
    publisher_.FinishWaiting(Stopping());
    if (!is_last && publisher_.has_unconfirmed()) return;
    publisher_.FinishUnconfirmed(Outcome::retry("fanfare stopped before the broker confirmed"));
}

void Engine::Pump(Deadline now) {
    if (publisher_.has_waiting()) dialer_.Want(now);
    if (Connection* const connection = dialer_.connection()) publisher_.Pump(*connection);
}

void Engine::AddPolled(std::vector<pollfd>& polled) {
    if (const Connection* const connection = dialer_.connection()) polled.push_back(connection->wanted());
}

Deadline Engine::NextWake(Deadline now) const {
    if (const Connection* const connection = dialer_.connection()) return connection->wake(now);
    return publisher_.has_waiting() ? dialer_.next_round() : Deadline::max();
}

void Engine::Advance(std::span<const pollfd> polled, Deadline now) {
    if (polled.empty()) return;
    Connection& connection = *dialer_.connection();
    connection.Advance(polled[0].revents, now);
    if (connection.is_ready()) dialer_.NoteReady(now);
    if (connection.has_failed()) OnFailed(now);
}

// An idle connection that ends is made again when it is needed.
void Engine::OnFailed(Deadline now) {
    const Connection& connection = *dialer_.connection();
    publisher_.OnLost(connection, connection.fault());
    const bool was_ready = dialer_.was_ready();
    if (dialer_.OnFailed(now)) return;
    host().warn(was_ready ? "the connection has ended" : "no broker can be reached", {{"fault", dialer_.fault()}});
    if (!was_ready) publisher_.FinishWaiting(Outcome::unreachable(dialer_.fault()));
}

void Engine::Drop() {
    dialer_.Drop();
    publisher_.FinishUnconfirmed(Outcome::retry("an internal failure"));
    publisher_.FinishWaiting(Outcome::retry("an internal failure"));
}

void Engine::Close() {
    if (Connection* const connection = dialer_.connection()) connection->Close();
}

}  // namespace fanfare::plugins::amqp
