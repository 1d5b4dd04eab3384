// A program that says whether an image holds what was promised. It runs beside us and is asked over its standard input
// and output, one line each: "IMAGE-DIRECTORY PROMISED" -> "ok", "lost N WHICH", "partial WHICH", "damaged WHY".
// The first PROMISED lines of the file it was started with name the promised events.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace fanfare::power {

enum class Finding { kOk, kLost, kPartial, kDamaged };

struct Verdict {
    Finding finding = Finding::kDamaged;
    std::size_t lost = 0;
    std::string text;  // its answer
};

class Verifier {
public:
    // `command` gets the path of the promises as one more argument.
    Verifier(std::vector<std::string> command, std::string promises);
    ~Verifier() { Stop(); }
    Verifier(const Verifier&) = delete;
    Verifier& operator=(const Verifier&) = delete;

    // A verifier that dies has found damage; it is started again.
    Verdict Ask(const std::string& image, std::size_t promised);

private:
    void Start();
    void Stop();

    std::vector<std::string> command_;
    pid_t pid_ = -1;
    std::FILE* to_ = nullptr;
    std::FILE* from_ = nullptr;
};

}  // namespace fanfare::power
