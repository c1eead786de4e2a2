import time

from deploy.demo.loop import Loop
from tests.county import County
from tests.scope.tree import shape, tree


def test_play(servers, tmp_path_factory):
    t = time.time()
    c = time.process_time()
    county = County.of(servers, tmp_path_factory.mktemp("can"), "canary", tree())
    print("found", time.time() - t)

    def wait_for(what, done, total):
        county.settle()
        assert done() >= total, what

    county.year.villages = 5
    county.play("published")
    print("year", time.time() - t, time.process_time() - c)
    Loop(county.tiers, 7, wait_for, shape(), county.passwords).play()
    print("loop", time.time() - t, time.process_time() - c)
