#include "power/verifier.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace fanfare::power {

Verifier::Verifier(std::vector<std::string> command, std::string promises) : command_(std::move(command)) {
    command_.push_back(std::move(promises));
}

void Verifier::Start() {
    int questions[2], answers[2];
    if (pipe2(questions, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("cannot start the verifier");
    if (pid_ == 0) {
        dup2(questions[0], 0);
        dup2(answers[1], 1);
        std::vector<char*> arguments;
        for (std::string& argument : command_) arguments.push_back(argument.data());
        arguments.push_back(nullptr);
        execvp(arguments[0], arguments.data());
        _exit(127);
    }
    close(questions[0]);
    close(answers[1]);
    to_ = fdopen(questions[1], "w");
    from_ = fdopen(answers[0], "r");
}

void Verifier::Stop() {
    if (pid_ < 0) return;
    fclose(to_);
    fclose(from_);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

Verdict Verifier::Ask(const std::string& image, std::size_t promised) {
    if (pid_ < 0) Start();
    char line[4096];
    std::fprintf(to_, "%s %zu\n", image.c_str(), promised);
    std::fflush(to_);
    if (std::fgets(line, sizeof line, from_) == nullptr) {
        Stop();
        return {Finding::kDamaged, 0, "the verifier died"};
    }
    std::string text(line);
    if (text.ends_with('\n')) text.pop_back();
    if (text == "ok") return {Finding::kOk, 0, text};
    if (text.starts_with("lost ")) return {Finding::kLost, std::strtoul(text.c_str() + 5, nullptr, 10), text};
    if (text.starts_with("partial")) return {Finding::kPartial, 0, text};
    return {Finding::kDamaged, 0, text};
}

}  // namespace fanfare::power
