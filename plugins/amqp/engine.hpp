// What the worker does for a broker of AMQP: one connection, whose confirms overlap over many batches. A broker that
// blocks publishing costs no attempt.
#pragma once

#include <span>
#include <vector>

#include <fanfare/batch.hpp>
#include <fanfare/host.hpp>

#include "dialer.hpp"
#include "net/worker.hpp"
#include "options.hpp"
#include "publisher.hpp"

namespace fanfare::plugins::amqp {

class Engine final : public net::Worker {
public:
    // `options` outlives it.
    Engine(const Host& host, const Config& config, const Options& options);
    // Stops at once, if it still runs.
    ~Engine() override;

private:
    void Enqueue(const net::JobPtr& job, std::size_t index) override;
    void Expire(net::Job& job) override;
    void WindUp(bool is_last) override;
    void Pump(Deadline now) override;
    void AddPolled(std::vector<pollfd>& polled) override;
    void Advance(std::span<const pollfd> polled, Deadline now) override;
    Deadline NextWake(Deadline now) const override;
    void Drop() override;
    void Close() override;

    Outcome NotYetSent() const;
    void OnFailed(Deadline now);

    Publisher publisher_;
    Dialer dialer_;
};

}  // namespace fanfare::plugins::amqp
