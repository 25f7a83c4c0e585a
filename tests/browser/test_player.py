"""The player of a clip in a real browser with a real sound: one fetch, one entry, and keys while the hands write."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.stage import Stage, sign_in
from tests.desk.staff import Story, Told, audited, tell

LONG = Story(seconds=40, clips=(("who", "a sergeant"), ("story", "he sells what the computer knows")))


def open_report(page: Page, stage: Stage, story: Story = LONG) -> Told:
    told = tell(stage.house, story)
    sign_in(page, stage, "Amina")
    page.goto(stage.address(f"/reports/{told.report_id}"))
    expect(page.get_by_role("button", name="Play clip 1")).to_be_visible()
    return told


def playings(stage: Stage, told: Told) -> list[str]:
    return [subject for action, subject in audited(stage.house) if action == "clip-played" and subject in told.clips]


def now(page: Page, clip: int = 0) -> float:
    return float(page.locator("audio").nth(clip).evaluate("clip => clip.currentTime"))


def is_paused(page: Page, clip: int = 0) -> bool:
    return bool(page.locator("audio").nth(clip).evaluate("clip => clip.paused"))


def wait_until(page: Page, condition: str, clip: int = 0) -> None:
    page.wait_for_function(
        f"at => {{ const clip = document.querySelectorAll('audio')[at]; return {condition} }}", arg=clip
    )


def wave(page: Page) -> Locator:
    return page.get_by_role("slider", name="Position in clip 1")


def drawn(page: Page) -> int:
    """Count the rows of the picture that hold anything but ground."""
    return int(
        wave(page).evaluate(
            """wave => {
                const {data, width, height} = wave.getContext('2d').getImageData(0, 0, wave.width, wave.height)
                let rows = 0
                for (let y = 0; y < height; y++) {
                    let ink = 0
                    for (let x = 0; x < width; x++) if (data[(y * width + x) * 4 + 3]) ink++
                    if (ink > width / 3) rows++
                }
                return rows
            }"""
        )
    )


def test_nothing_is_opened_before_somebody_presses_play_and_then_once(page: Page, stage: Stage) -> None:
    told = open_report(page, stage)
    flat = drawn(page)
    assert playings(stage, told) == []
    page.get_by_role("button", name="Play clip 1").click()
    wait_until(page, "clip.currentTime > 0.3")
    assert drawn(page) > flat + 10
    wave(page).focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    wait_until(page, "!clip.paused && clip.currentTime > 7")
    assert playings(stage, told) == [told.clips[0]]
    page.get_by_role("button", name="Play clip 2").click()
    wait_until(page, "clip.currentTime > 0.1", 1)
    assert is_paused(page, 0)
    assert playings(stage, told) == list(told.clips)


def test_the_slider_seeks_by_keys_and_mouse_and_says_where_it_is(page: Page, stage: Stage) -> None:
    open_report(page, stage)
    expect(wave(page)).to_have_attribute("aria-valuetext", "Not played yet")
    page.get_by_role("button", name="Play clip 1").click()
    wait_until(page, "clip.currentTime > 0.1")
    page.get_by_role("button", name="Pause clip 1").click()
    expect(page.locator(".desk-player [role=status]").first).to_contain_text("Paused at")
    wave(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(wave(page)).to_have_attribute("aria-valuetext", "5 seconds of 40 seconds")
    page.keyboard.press("PageUp")
    expect(wave(page)).to_have_attribute("aria-valuenow", "20")
    page.keyboard.press("End")
    expect(wave(page)).to_have_attribute("aria-valuenow", "40")
    box = wave(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + 10)
    wait_until(page, "Math.abs(clip.currentTime - 10) < 0.5")


def test_going_on_repeats_three_seconds_unless_somebody_moved_meanwhile(page: Page, stage: Stage) -> None:
    open_report(page, stage)
    page.get_by_role("button", name="Play clip 1").click()
    wait_until(page, "clip.currentTime > 0.1")
    wave(page).focus()
    page.keyboard.press("PageUp")
    wait_until(page, "clip.currentTime > 15")
    page.keyboard.press("Space")
    stopped = now(page)
    page.keyboard.press("Space")
    wait_until(page, "!clip.paused")
    assert stopped - 3.1 <= now(page) < stopped - 2
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    moved = now(page)
    page.keyboard.press("Space")
    wait_until(page, "!clip.paused")
    assert now(page) >= moved


def test_who_writes_plays_pauses_and_goes_back_without_leaving_the_text(page: Page, stage: Stage) -> None:
    told = open_report(page, stage)
    text = page.locator(f"#text-{told.clips[0]}")
    text.fill("he sells p ? g r")
    text.press("Control+Enter")
    wait_until(page, "!clip.paused && clip.currentTime > 0.2")
    expect(text).to_be_focused()
    page.locator("audio").first.evaluate("clip => { clip.currentTime = 20 }")
    text.press("Control+Shift+Enter")
    wait_until(page, "clip.currentTime > 14.9 && clip.currentTime < 17")
    text.press("Control+Enter")
    wait_until(page, "clip.paused")
    for key in ("Control+End", "p", "ArrowLeft", "?"):
        text.press(key)
    assert is_paused(page)
    expect(text).to_have_value("he sells p ? g r?p")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_speed_and_volume_are_heard_and_a_marked_piece_repeats(page: Page, stage: Stage) -> None:
    open_report(page, stage)
    page.get_by_label("Speed of clip 1").select_option("2x")
    page.get_by_role("button", name="Play clip 1").click()
    wait_until(page, "clip.currentTime > 0.1 && clip.playbackRate === 2")
    page.get_by_label("Volume of clip 1").select_option("Loudest")
    before = now(page)
    wait_until(page, f"clip.currentTime > {before + 0.5}")  # it still runs through the limiter
    loop = page.locator(".desk-player__loop").first
    expect(loop).to_have_text("Repeat from here")
    loop.click()
    page.wait_for_timeout(400)
    loop.click()
    expect(loop).to_have_text("Stop repeating")
    start = now(page)
    page.wait_for_timeout(2500)
    assert abs(now(page) - start) < 2.5  # at twice the speed it would be five seconds on
    loop.click()
    expect(loop).to_have_text("Repeat from here")


def test_a_clip_that_cannot_be_opened_says_so_and_may_be_tried_again(page: Page, stage: Stage) -> None:
    open_report(page, stage)
    page.route("**/clips/*", lambda route: route.fulfill(status=422, body=""))
    page.get_by_role("button", name="Play clip 1").click()
    expect(page.get_by_role("alert").filter(has_text="cannot be opened")).to_be_visible()
    page.unroute("**/clips/*")
    page.get_by_role("button", name="Play clip 1").click()
    wait_until(page, "clip.currentTime > 0.1")
    expect(page.get_by_role("alert").filter(has_text="cannot be opened")).to_be_hidden()


def test_the_browser_s_own_player_is_there_without_a_script(browser: Browser, stage: Stage) -> None:
    told = tell(stage.house, LONG)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, stage, "Amina")
    page.goto(stage.address(f"/reports/{told.report_id}"))
    plain = page.locator("audio").first
    expect(plain).to_be_visible()
    expect(plain).to_have_attribute("preload", "none")
    expect(plain).to_have_attribute("src", f"/reports/{told.report_id}/clips/{told.clips[0]}")
    context.close()
