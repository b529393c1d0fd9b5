"""What follows a keyword in an English title, by voice; short to long, so that one always fits.

Rules for a new ending: it must read well after any keyword and a colon, promise only what the
outline delivers, and need neither singular nor plural.
"""

ENDINGS = {
    "guide": (
        "Guide", "Tips", "Basics", "A Guide", "Explained", "A Full Guide", "A Short Guide", "The Essentials",
        "A Practical Guide", "A Guide for Starters", "What You Need to Know", "A Guide for Beginners",
        "The Basics and Beyond", "A Clear, Practical Guide", "What Works and What Does Not",
        "A Practical Guide for Beginners", "What to Know Before You Start",
        "Where to Start and What to Avoid", "How It Works and Where to Start", "A Practical Guide From Start to Finish",
        "The Basics, the Steps and the Pitfalls", "What to Know, What to Do and What to Avoid",
        "What It Takes, Where to Start and What to Avoid",
    ),
    "buying": (
        "Guide", "How to Pick", "How to Choose", "A Buying Guide", "How to Choose Well", "What to Look For",
        "A Practical Buying Guide", "What to Check Before Buying", "What to Know Before You Buy",
        "Sizes, Materials and Prices", "How to Choose the Right Option", "What to Look For Before You Buy",
        "A Buying Guide With Prices and Features", "How to Compare Features, Sizes and Prices",
        "What Matters, What It Costs and What to Skip", "A Buying Guide to Features, Quality and Price",
    ),
    "problem": (
        "Fixes", "Causes", "The Fix", "How to Fix It", "Causes and Cures", "Causes and Fixes", "Causes and Solutions",
        "Why, and How to Fix It", "What to Do and When", "Causes, Fixes and Prevention",
        "Likely Causes and How to Fix Them", "How to Find the Cause and Fix It",
        "Signs, Causes, Fixes and Prevention", "How to Find the Cause, Fix It and Prevent It",
        "What Causes It, How to Fix It and How to Prevent It",
    ),
    "how-to": (
        "A Guide", "The Steps", "Easy Steps", "Step by Step", "Simple Steps", "A Simple Method", "A Beginner's Guide",
        "A Step-by-Step Guide", "Steps, Tools and Tips", "Clear Steps for Beginners",
        "Tools, Steps and Common Mistakes", "A Step-by-Step Guide for Beginners", "What You Need and How It Is Done",
        "Step by Step, With the Mistakes to Avoid", "Every Step, From Preparation to Aftercare",
        "A Step-by-Step Guide From Start to Finish",
    ),
    "comparison": (
        "Compared", "Which Wins?", "Key Differences", "Which to Choose?", "Which Is Better?", "Pros, Cons and Costs",
        "Which Is Right for You?", "Differences, Pros and Cons", "Which One Should You Choose?",
        "Differences, Costs and Best Uses", "An Honest Side-by-Side Comparison",
        "Differences, Costs and Which to Choose", "What Sets Them Apart and Which to Choose",
    ),
    "list": (
        "Picks", "Our List", "Top Picks", "A Shortlist", "{n} to Consider", "{n} Worth a Look", "{n} Good Options",
        "{n} Options Compared", "{n} Worth Considering", "{n} to Consider This Year", "{n} Options and How to Choose",
        "{n} Good Choices and How to Pick", "{n} Options for Every Budget and Space",
        "{n} Worth Your Time, and How to Choose One", "{n} Options Compared, With Tips for Choosing",
    ),
    "review": (
        "Verdict", "Worth It?", "Pros and Cons", "An Honest Look", "What to Expect", "Worth the Money?",
        "Strengths, Limits and Price", "What Is Good and What Is Not", "Strengths, Weak Points and Verdict",
        "What to Expect, What to Pay, What to Skip", "Strengths, Weak Points and Better Alternatives",
    ),
    "timing": (
        "Timing", "When and Why", "Timing Made Easy", "The Right Moment", "The Right Time and Why",
        "Timing, Signs and Exceptions", "The Right Moment and How to Tell", "Timing by Season, Signs and Exceptions",
        "The Right Time, the Signs and What to Avoid", "The Best Time, the Warning Signs and the Exceptions",
    ),
    "yesno": (
        "FAQ", "Yes or No", "The Answer", "The Short Answer", "The Answer and Why", "What the Facts Say",
        "The Answer, and How to Tell", "The Short Answer and the Reasons", "The Answer, the Exceptions and the Risks",
        "The Short Answer, the Reasons and the Exceptions",
    ),
    "questions": (
        "FAQ", "Answers", "The Answer", "Clear Answers", "The Answer and Why", "Clear, Short Answers",
        "The Answer in Plain Words", "A Clear Answer With Examples", "A Clear Answer, Reasons and Exceptions",
        "The Short Answer, the Reasons and What to Do", "The Answer in Brief, the Details and Common Mistakes",
    ),
    "glossary": (
        "Defined", "Meaning", "Explained", "Meaning and Uses", "A Clear Definition", "Meaning, Uses and Examples",
        "Explained in Plain Words", "Definition, Uses and Examples", "A Plain Explanation With Examples",
        "What It Means, How It Works, When to Use It", "A Plain Definition, Examples and Common Mix-Ups",
    ),
    "local": (
        "Tips", "Costs", "How to Choose", "What to Expect", "How to Choose Well", "Costs and How to Choose",
        "What to Ask and What to Pay", "How to Compare Quotes and Prices", "How to Choose, What to Ask, What to Pay",
        "What to Expect, What to Ask and What to Pay",
    ),
}
