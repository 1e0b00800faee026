# Compiler and linker flags every target shares, as one interface library.
add_library(relay_flags INTERFACE)

target_compile_options(relay_flags INTERFACE -Wall -Wextra -Wshadow -Wpedantic -Wnon-virtual-dtor
                                             -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports these inside libstdc++ and Boost when it inlines or instruments; they are not ours.
    target_compile_options(relay_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict
        -Wno-array-bounds -Wno-stringop-overflow -Wno-mismatched-new-delete)
endif()
if(RELAY_WERROR)
    target_compile_options(relay_flags INTERFACE -Werror)
endif()

if(RELAY_SANITIZE)
    target_compile_options(relay_flags INTERFACE -fsanitize=${RELAY_SANITIZE}
                                                 -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(relay_flags INTERFACE -fsanitize=${RELAY_SANITIZE})
endif()

# ThreadSanitizer does not see fences; Asio's locks order what it has to see.
if(RELAY_SANITIZE MATCHES "thread")
    target_compile_definitions(relay_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT RELAY_SANITIZE)
    target_compile_options(relay_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
                                                 -fstack-protector-strong -fstack-clash-protection)
    target_link_options(relay_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endif()

# Position-independent executables; the static libraries end in nothing else.
target_compile_options(relay_flags INTERFACE -fPIE)
target_link_options(relay_flags INTERFACE -pie)
