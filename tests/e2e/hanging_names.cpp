// Preloaded into relayd: names that end in ".hangs" are looked up for ever, as by a name service
// that does not answer; all others as ever.

#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>
#include <string_view>

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    while (name != nullptr && std::string_view(name).ends_with(".hangs")) {
        ::pause();
    }
    static const auto system =
        reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return system(name, service, hints, found);
}
