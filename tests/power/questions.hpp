// The verifier's side of the conversation with plcheck (verifier.hpp).
#pragma once

#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace fanfare::power {

// Calls `check` with an image and the ids promised until then, and prints what it says, until plcheck hangs up.
inline void AnswerQuestions(const std::string& promises,
                            const std::function<std::string(const std::string&, const std::vector<std::string>&)>& check) {
    std::ifstream in(promises);
    std::vector<std::string> ids;
    std::string image;
    for (std::size_t promised = 0; std::cin >> image >> promised;) {
        // Questions come in order of time; a smaller count is a new run over the same promises.
        for (std::string id; ids.size() < promised && std::getline(in, id);) ids.push_back(id);
        if (ids.size() < promised) {
            std::cout << "damaged: the file of promises is short" << std::endl;
            continue;
        }
        std::cout << check(image, {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(promised)}) << std::endl;
    }
}

}  // namespace fanfare::power
