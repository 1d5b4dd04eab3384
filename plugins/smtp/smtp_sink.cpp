// Sends each event as one mail.
//
// A few threads of the instance, one for each connection, take events from a queue, so that the host's thread is never
// held by a server, and stop ends what is under way. One event, one batch: the host's `concurrency` bounds the queue.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fanfare/plugin.hpp>

#include "alarm.hpp"
#include "compose.hpp"
#include "receipts.hpp"
#include "report.hpp"
#include "schema.hpp"
#include "session.hpp"

namespace fanfare::plugins::smtp {
namespace {

using Clock = std::chrono::steady_clock;

// What is left of an event's time for its answer to reach the host.
Clock::duration MarginOf(Clock::duration time) {
    return std::min<Clock::duration>(std::chrono::milliseconds(200), time / 10);
}

bool HasUtf8(const Draft& draft, const std::vector<std::string>& recipients) {
    if (!IsAscii(draft.from.address)) return true;
    for (const Mailbox& mailbox : draft.reply_to) {
        if (!IsAscii(mailbox.address)) return true;
    }
    for (const std::string& address : recipients) {
        if (!IsAscii(address)) return true;
    }
    return false;
}

// What comes to a thread beside its own errors is for others to handle.
void BlockSignals() {
    sigset_t all;
    ::sigfillset(&all);
    for (const int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) ::sigdelset(&all, number);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

class SmtpSink {
public:
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Sends each event as a mail, over SMTP with STARTTLS, TLS or neither",
                                  kSchema,
                                  /*max_batch_events*/ 1};

    SmtpSink(const Host& host, const Config& config)
        : host_(host),
          config_(config),
          options_(ReadOptions(config)),
          trust_(options_.ca_file),
          receipts_(options_.receipts) {}
    ~SmtpSink() { stop(Clock::now()); }

    void validate() {
        if (options_.username.empty()) return;
        const Secret password = config_.secret("/password");
        // SASL PLAIN separates by NUL (RFC 4616, 2).
        if (password.reveal().find('\0') != std::string_view::npos) {
            throw ConfigError("password holds a NUL character, which no login can send: change it");
        }
    }

    void start() {
        receipts_.Open();
        for (std::size_t i = 0; i < options_.connections; ++i) workers_.emplace_back([this] { Work(); });
    }

    void deliver(Batch&& batch) {
        const Deadline whole = batch.deadline();
        const std::lock_guard lock(mutex_);
        queue_.push_back({std::move(batch), whole - MarginOf(whole - Clock::now())});
        wake_.notify_one();
    }

    void stop(Deadline deadline) {
        std::deque<Job> queue;
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            std::swap(queue, queue_);
        }
        for (Job& job : queue) job.batch.answer_all(Outcome::not_attempted("fanfare stops"));
        const Deadline now = Clock::now();
        alarm_.Ring(now + (deadline - now) / 2);
        wake_.notify_all();
        for (std::thread& worker : workers_) worker.join();
        workers_.clear();
    }

private:
    struct Job {
        Batch batch;
        Deadline deadline;
    };

    void Work() {
        BlockSignals();
        Session session(options_, config_, trust_, alarm_);
        Deadline idle_until = Deadline::max();
        while (true) {
            std::optional<Job> job = Next(idle_until);
            if (!job) {
                session.Quit();
                idle_until = Deadline::max();
                const std::lock_guard lock(mutex_);
                if (stopping_) return;
                continue;
            }
            Answer(job->batch, session, job->deadline);
            idle_until = Clock::now() + options_.idle;
        }
    }

    // nullopt: nothing came until then, or this is the end.
    std::optional<Job> Next(Deadline until) {
        std::unique_lock lock(mutex_);
        const auto has_work = [this] { return stopping_ || !queue_.empty(); };
        if (until == Deadline::max()) {
            wake_.wait(lock, has_work);
        } else {
            wake_.wait_until(lock, until, has_work);
        }
        if (queue_.empty()) return std::nullopt;
        std::optional<Job> job(std::move(queue_.front()));
        queue_.pop_front();
        return job;
    }

    void Answer(Batch& batch, Session& session, Deadline deadline) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (Clock::now() >= deadline || alarm_.rung()) {
                return batch.answer_all(Outcome::not_attempted("the time for this mail was over before its turn"));
            }
            const Outcome outcome = Deliver(batch[i], session, deadline);
            batch.answer(i, outcome);
            if (batch.ordered() && !outcome.is_delivered()) {
                return batch.answer_all(Outcome::not_attempted("an event before it in the order was not delivered"));
            }
        }
    }

    Outcome Deliver(const Event& event, Session& session, Deadline deadline) {
        std::optional<Draft> draft;
        try {
            draft = Compose(options_, event);
        } catch (const ConfigError& e) {
            return Outcome::rejected(std::string("no mail can be made of this event: ") + e.what());
        }
        Outcome outcome;
        try {
            outcome = Send(*draft, event.delivery_id(), session, deadline);
        } catch (const Failure& e) {
            outcome = OutcomeOf(e);
        } catch (const std::exception& e) {
            outcome = Outcome::retry(e.what());
        }
        return outcome;
    }

    Outcome Send(const Draft& draft, std::string_view delivery, Session& session, Deadline deadline) {
        Envelope envelope;
        envelope.from = draft.from.address;
        envelope.to = RecipientsOf(draft);
        envelope.has_utf8_headers = HasUtf8(draft, envelope.to);
        std::vector<RecipientFate> fates;
        TakeOutWhoHasIt(delivery, envelope, fates);
        const std::string content = Build(draft);
        while (!envelope.to.empty()) {
            const std::vector<RecipientFate> round = Converse(session, envelope, content, deadline);
            Note(delivery, round, fates);
            // A server that takes only so many at once (452) is asked anew for the rest, as long as it takes some
            // (RFC 5321, 4.5.3.1.10).
            if (Sort(round, envelope, fates)) continue;
            for (const RecipientFate& each : round) {
                if (each.fate == Fate::kDeferred) fates.push_back(each);
            }
            break;
        }
        const Outcome outcome = OutcomeOf(fates, options_.host);
        if (outcome.is_delivered()) Forget(delivery);
        return outcome;
    }

    // Those who have had the mail at an earlier attempt. If that cannot be read, nothing is sent, and the host asks
    // again.
    void TakeOutWhoHasIt(std::string_view delivery, Envelope& envelope, std::vector<RecipientFate>& fates) {
        const std::set<std::string> have = receipts_.Find(delivery);
        std::erase_if(envelope.to, [&](const std::string& address) {
            if (have.count(address) == 0) return false;
            fates.push_back({address, Fate::kAccepted, "at an earlier attempt", 250});
            return true;
        });
    }

    // Puts those who are settled into `fates`; the envelope keeps the deferred. True if it is worth asking again at
    // once.
    static bool Sort(const std::vector<RecipientFate>& round, Envelope& envelope, std::vector<RecipientFate>& fates) {
        bool any_accepted = false;
        bool too_many = false;
        envelope.to.clear();
        for (const RecipientFate& each : round) {
            any_accepted = any_accepted || each.fate == Fate::kAccepted;
            if (each.fate == Fate::kDeferred) {
                too_many = too_many || each.code == 452 || each.code == 552;
                envelope.to.push_back(each.address);
            } else {
                fates.push_back(each);
            }
        }
        return any_accepted && too_many;
    }

    // A connection that was kept may have ended meanwhile: as long as the server has nothing, it is made anew, once.
    std::vector<RecipientFate> Converse(Session& session, const Envelope& envelope, const std::string& content,
                                        Deadline deadline) {
        if (session.IsUsable()) {
            try {
                return session.Send(envelope, content, deadline);
            } catch (const Failure& e) {
                if (e.kind() != FailureKind::kBroken || Clock::now() >= deadline) throw;
            }
        }
        session.Open(deadline);
        return session.Send(envelope, content, deadline);
    }

    // Who has got it while others have not. On disk before the host hears of it. `before`: of earlier rounds.
    void Note(std::string_view delivery, const std::vector<RecipientFate>& round,
              const std::vector<RecipientFate>& before) {
        const auto is_accepted = [](const RecipientFate& each) { return each.fate == Fate::kAccepted; };
        const bool by_all = std::all_of(round.begin(), round.end(), is_accepted) &&
                            std::all_of(before.begin(), before.end(), is_accepted);
        if (by_all) return;
        std::vector<std::string> accepted;
        for (const RecipientFate& each : round) {
            if (is_accepted(each)) accepted.push_back(each.address);
        }
        if (!accepted.empty()) Logged(delivery, [&] { receipts_.Add(delivery, accepted); });
    }

    void Forget(std::string_view delivery) {
        Logged(delivery, [&] { receipts_.Forget(delivery); });
    }

    // The mail is out; what cannot be written down changes nothing of that.
    template <class Work>
    void Logged(std::string_view delivery, Work&& work) {
        try {
            work();
        } catch (const std::exception& e) {
            host_.error(e.what(), {{"delivery", delivery}});
        }
    }

    const Host host_;
    const Config config_;
    const Options options_;
    Trust trust_;
    Receipts receipts_;
    Alarm alarm_;

    std::mutex mutex_;  // guards queue_ and stopping_
    std::condition_variable wake_;
    std::deque<Job> queue_;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace
}  // namespace fanfare::plugins::smtp

FANFARE_PLUGIN(fanfare::plugins::smtp::SmtpSink);
