#include "miller_loop.hpp"

#include "fp12.hpp"
#include "fp2.hpp"
#include "g1.hpp"
#include "g2.hpp"

#include <cstddef>
#include <span>

namespace relay::groth16 {
namespace {

/// At P = (x, y): l0 y + l1 x w + l3 w^3.
struct Line {
    Fp2 l0;
    Fp2 l1;
    Fp2 l3;
};

/// The point that walks: (x / z, y / z). Each step returns its line.
class Walker {
  public:
    explicit Walker(const G2& start) : x_(start.x), y_(start.y), z_(kOne<Fp2>) {}

    Line double_point() {
        const Fp2 a = halved(x_ * y_);
        const Fp2 b = square(y_);
        const Fp2 c = square(z_);
        const Fp2 e = g2_b() * tripled(c);
        const Fp2 f = tripled(e);
        const Fp2 g = halved(b + f);
        const Fp2 h = square(y_ + z_) - (b + c); // 2 y z
        const Line line = {-h, tripled(square(x_)), e - b};
        x_ = a * (b - f);
        y_ = square(g) - tripled(square(e));
        z_ = b * h;
        return line;
    }

    /// REQUIRES: neither the point that walks nor its negative.
    Line add(const G2& point) {
        const Fp2 dy = y_ - point.y * z_;
        const Fp2 dx = x_ - point.x * z_;
        const Fp2 c = square(dy);
        const Fp2 d = square(dx);
        const Fp2 e = dx * d;
        const Fp2 f = z_ * c;
        const Fp2 g = x_ * d;
        const Fp2 h = e + f - doubled(g);
        x_ = dx * h;
        y_ = dy * (g - h) - e * y_;
        z_ = z_ * e;
        return {dx, -dy, dy * point.x - dx * point.y};
    }

  private:
    Fp2 x_;
    Fp2 y_;
    Fp2 z_;
};

/// Hands each line of the walk from q to `line`, and calls `square` before each doubling's.
template <class OnSquare, class OnLine>
void walk(const G2& q, const OnSquare& on_square, const OnLine& on_line) {
    Walker walker(q);
    const G2 minus_q = -q;
    for (std::size_t i = kLoop.count - 1; i-- > 0;) {
        on_square();
        on_line(walker.double_point());
        if (kLoop.digits[i] != 0) {
            on_line(walker.add(kLoop.digits[i] > 0 ? q : minus_q));
        }
    }
    const G2 once = psi(q);
    on_line(walker.add(once));
    on_line(walker.add(-psi(once)));
}

} // namespace

PreparedLines prepare_lines(const G2& point) {
    PreparedLines lines{};
    std::size_t next = 0;
    walk(
        point, [] {},
        [&](const Line& line) {
            const Fp2 scale = inverse(line.l0);
            lines[next++] = {line.l1 * scale, line.l3 * scale};
        });
    return lines;
}

Fp12 miller_loop(const G1& p, const G2& q, std::span<const PreparedPair> pairs) {
    const bool counts = !p.is_infinity && !q.is_infinity;
    Fp12 value = kOne<Fp12>;
    std::size_t next = 0;
    walk(
        q, [&] { value = square(value); },
        [&](const Line& line) {
            if (counts) {
                value = times_line(value, line.l0 * p.y, line.l1 * p.x, line.l3);
            }
            for (const PreparedPair& pair : pairs) {
                const PreparedLine& prepared = (*pair.lines)[next];
                value =
                    times_line(value, prepared.l1 * pair.x_over_y, prepared.l3 * pair.one_over_y);
            }
            ++next;
        });
    return value;
}

} // namespace relay::groth16
