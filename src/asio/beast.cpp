// The parts of Beast that are no templates.
#include <boost/beast/src.hpp>
